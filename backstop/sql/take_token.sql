-- Takes p_cost of a bucket's tokens, of which there are p_most, and p_per_second come back. Answers how many are left;
-- below zero it took none, and so many are missing. A bucket stands as the instant at which it is full again, so that
-- one that is full needs no row, and one whose row is lost is full: those that have been full for an hour go as others
-- come, so that who asks now and then has a row to be updated. Only the bucket's own row is locked.
-- A server that only follows, or is read-only, meters nobody.
CREATE FUNCTION {name}(p_bucket text, p_cost double precision, p_most double precision, p_per_second double precision)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  v_cost interval := make_interval(secs => p_cost / p_per_second);
  v_all interval := make_interval(secs => p_most / p_per_second);
  v_full_at timestamptz;
  v_is_new boolean;
BEGIN
  IF pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN
    RETURN p_most;
  END IF;
  INSERT INTO backstop_bucket AS b (name, full_at) VALUES (p_bucket, backstop_now() + v_cost)
  ON CONFLICT (name) DO UPDATE SET full_at = greatest(b.full_at, backstop_now()) + v_cost
    WHERE greatest(b.full_at, backstop_now()) + v_cost <= backstop_now() + v_all
  RETURNING full_at, xmax = 0 INTO v_full_at, v_is_new;
  IF v_full_at IS NULL THEN
    SELECT full_at + v_cost INTO v_full_at FROM backstop_bucket WHERE name = p_bucket;
    RETURN least(p_most - p_per_second * extract(epoch FROM v_full_at - backstop_now()), -0.001);
  END IF;
  IF v_is_new THEN -- so that no more of them stay than are in use
    DELETE FROM backstop_bucket WHERE name IN (
      SELECT name FROM backstop_bucket WHERE full_at < backstop_now() - interval '1 hour' LIMIT 2 FOR UPDATE SKIP LOCKED
    );
  END IF;
  RETURN greatest(p_most - p_per_second * extract(epoch FROM v_full_at - backstop_now()), 0);
END
$$
