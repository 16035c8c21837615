-- Takes numbers out of a sketch again: what is left of a sum of sketches without one of them.

CREATE OR REPLACE FUNCTION app.sketch_minus(sketch bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT array_agg((k.key << 45) + k.n ORDER BY k.key)
  FROM (SELECT b.key, sum(b.n)::bigint AS n
        FROM (SELECT s >> 45 AS key, s & 35184372088831 AS n FROM unnest(sketch) AS s
              UNION ALL
              SELECT o >> 45, -(o & 35184372088831) FROM unnest(other) AS o) AS b
        WHERE b.key IS NOT NULL GROUP BY b.key HAVING sum(b.n) > 0) AS k
);
COMMENT ON FUNCTION app.sketch_minus(bigint[], bigint[]) IS
  'A sketch without what another holds that was merged into it; NULL when nothing is left.';
