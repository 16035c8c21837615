-- The queue is procrastinate's, in a schema of its own. The app role queues through one function and
-- reads nothing there: a queue serves all tenants, so it holds only ids. The worker takes jobs as
-- everlearn_queue, which sees no other schema, and runs them as everlearn_app.
COMMENT ON SCHEMA jobs IS 'The job queue (procrastinate); holds ids only, reached by everlearn_queue.';
GRANT USAGE ON SCHEMA jobs TO everlearn_queue;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO everlearn_queue;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO everlearn_queue;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO everlearn_queue;

CREATE OR REPLACE FUNCTION app.enqueue_job(
  run_id uuid, queue text, priority integer, lock text, scheduled_at timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = jobs, pg_temp AS $$
DECLARE
  made bigint[];
BEGIN
  -- The tenant is the caller's own, not an argument: nobody queues for somebody else.
  IF app.tenant_id() IS NULL THEN
    RAISE EXCEPTION 'a job needs a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
    queue, 'everlearn.run', priority,
    CASE WHEN lock IS NULL THEN NULL ELSE app.tenant_id()::text || ':' || lock END, NULL,
    jsonb_build_object('tenant_id', app.tenant_id(), 'run_id', run_id), scheduled_at
  )::jobs.procrastinate_job_to_defer_v1]) INTO made;
  RETURN made[1];
END $$;
REVOKE EXECUTE ON FUNCTION app.enqueue_job(uuid, text, integer, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.enqueue_job(uuid, text, integer, text, timestamptz)
  TO everlearn_app, everlearn_service;
