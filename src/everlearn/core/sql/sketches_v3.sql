-- Quantiles that can be merged: DDSketch (Masson, Rim and Lee 2019) as plain SQL.
--
-- A sketch is a bigint[] of buckets. The numbers of a bucket differ by a factor of at most 1.01/0.99, so
-- its middle is at most 1 % away from each of them. A bucket's upper 18 bits are its key, which rises
-- with the number, and its lower 45 bits how many numbers it holds. Buckets may come in any order and a
-- key more than once, so array_agg() of the buckets of many sketches is a sketch of all their numbers;
-- app.sketch_compact() sorts it and adds up what has the same key. NULL is the sketch of no numbers.
--
-- The keys: 0 is zero, and what is within 1e-300 of it; 40000 + n is the numbers in (g^(n-1), g^n] with g = 1.01/0.99, 100000 infinity and
-- 100001 NaN, which PostgreSQL sorts last; below zero the same with a minus sign. The bodies are parsed
-- when they are made, so no caller's search_path changes what they mean, and the small ones are inlined.

CREATE OR REPLACE FUNCTION app.sketch_key(x double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN x > 1e-300::double precision THEN CASE WHEN x < 'Infinity' THEN 40000 + ceil(ln(x) * 49.998333288886556::double precision)::integer
                       WHEN x = 'Infinity' THEN 100000 ELSE 100001 END
  WHEN x < -1e-300::double precision THEN CASE WHEN x > '-Infinity' THEN -40000 - ceil(ln(-x) * 49.998333288886556::double precision)::integer
                       ELSE -100000 END
  WHEN x IS NOT NULL THEN 0
END;
COMMENT ON FUNCTION app.sketch_key(double precision) IS
  'Key of the bucket that a number falls into; NULL for NULL.';

CREATE OR REPLACE FUNCTION app.sketch_value(key bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN key = 0 THEN 0
  WHEN abs(key) < 100000 THEN sign(key) * exp(least(709.78::double precision,
    (abs(key) - 40000) * 0.020000666706669525::double precision - 0.01005033585350145::double precision))
  WHEN key = 100000 THEN 'Infinity' WHEN key = -100000 THEN '-Infinity' WHEN key = 100001 THEN 'NaN'
END;
COMMENT ON FUNCTION app.sketch_value(bigint) IS
  'Number that stands for a bucket: at most 1 % away from each number in it.';

CREATE OR REPLACE FUNCTION app.sketch_bucket(key integer, n bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (key::bigint << 45) + n;
COMMENT ON FUNCTION app.sketch_bucket(integer, bigint) IS
  'A bucket of a sketch: its key and how many numbers, below 2^45, it holds.';

CREATE OR REPLACE FUNCTION app.sketch_bucket(x double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (app.sketch_key(x)::bigint << 45) + 1;
COMMENT ON FUNCTION app.sketch_bucket(double precision) IS
  'The bucket of one number: app.sketch_compact(array_agg(app.sketch_bucket(x))) is a sketch of x.';

CREATE OR REPLACE FUNCTION app.sketch_compact(sketch bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT array_agg((k.key << 45) + k.n ORDER BY k.key)
  FROM (SELECT b >> 45 AS key, sum(b & 35184372088831)::bigint AS n
        FROM unnest(sketch) AS b WHERE b IS NOT NULL GROUP BY b >> 45) AS k
);
COMMENT ON FUNCTION app.sketch_compact(bigint[]) IS
  'The same sketch, sorted and with each key once; NULL when it holds nothing.';

CREATE OR REPLACE FUNCTION app.sketch_count(sketch bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(sum(b & 35184372088831), 0)::bigint FROM unnest(sketch) AS b);
COMMENT ON FUNCTION app.sketch_count(bigint[]) IS 'How many numbers a sketch holds.';

CREATE OR REPLACE FUNCTION app.sketch_buckets(sketch bigint[])
RETURNS TABLE (value double precision, n bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT app.sketch_value(b >> 45), sum(b & 35184372088831)::bigint
  FROM unnest(sketch) AS b WHERE b IS NOT NULL GROUP BY b >> 45 ORDER BY b >> 45;
END;
COMMENT ON FUNCTION app.sketch_buckets(bigint[]) IS
  'A sketch as a histogram: the number that stands for each bucket and how many it holds.';

-- As percentile_cont() does it: between two numbers it takes what lies between them by the share. A walk
-- over the buckets takes a quarter of what window functions do; to the end, to see that they are sorted.
CREATE OR REPLACE FUNCTION app.sketch_quantile(sketch bigint[], share double precision)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  total CONSTANT bigint := app.sketch_count(sketch);
  rank CONSTANT double precision := share * (total - 1);
  bucket bigint;
  before bigint;
  upto bigint := 0;
  low bigint;
  high bigint;
BEGIN
  IF total = 0 OR share IS NULL OR NOT share BETWEEN 0 AND 1 THEN
    RETURN NULL;
  END IF;
  FOREACH bucket IN ARRAY sketch LOOP
    IF bucket IS NULL OR bucket < before THEN
      RETURN app.sketch_quantile(app.sketch_compact(sketch), share);
    END IF;
    before := bucket;
    IF high IS NULL THEN
      upto := upto + (bucket & 35184372088831);
      IF low IS NULL AND upto > floor(rank) THEN
        low := bucket >> 45;
      END IF;
      IF upto > ceil(rank) THEN
        high := bucket >> 45;
      END IF;
    END IF;
  END LOOP;
  IF low = high THEN
    RETURN app.sketch_value(low);
  END IF;
  RETURN app.sketch_value(low) * (1 - rank + floor(rank)) + app.sketch_value(high) * (rank - floor(rank));
END $$;
COMMENT ON FUNCTION app.sketch_quantile(bigint[], double precision) IS
  'Quantile of a sketch by its share, 0 to 1, as percentile_cont() gives it, at most 1 % off; NULL for another share, or without numbers.';

CREATE OR REPLACE FUNCTION app.sketch_quantiles(sketch bigint[], shares double precision[])
RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg(app.sketch_quantile(sketch, s.share) ORDER BY s.place)
        FROM unnest(shares) WITH ORDINALITY AS s (share, place));
COMMENT ON FUNCTION app.sketch_quantiles(bigint[], double precision[]) IS
  'Several quantiles of a sketch, in the order of their shares.';

-- Called once for each sketch that is merged; compacts from time to time, so that merging stays linear.
CREATE OR REPLACE FUNCTION app.sketch_add(merged bigint[], sketch bigint[]) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF merged IS NULL OR sketch IS NULL THEN
    RETURN coalesce(merged, sketch);
  ELSIF cardinality(merged) > 16384 THEN
    RETURN app.sketch_compact(merged || sketch);
  END IF;
  RETURN merged || sketch;
END $$;
COMMENT ON FUNCTION app.sketch_add(bigint[], bigint[]) IS 'Both sketches in one, not compacted.';

CREATE OR REPLACE AGGREGATE app.sketch_merge(bigint[]) (
  SFUNC = app.sketch_add, STYPE = bigint[], COMBINEFUNC = app.sketch_add,
  FINALFUNC = app.sketch_compact, PARALLEL = SAFE
);
COMMENT ON AGGREGATE app.sketch_merge(bigint[]) IS 'One sketch of what all these sketches hold.';
