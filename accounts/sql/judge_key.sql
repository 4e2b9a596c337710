-- Judges a key that somebody asks by, from an address where one is known: answers the code of why it opens nothing at
-- this moment, or how many tokens are left of the key's bucket of each rate, as take_token says it, up to the first that
-- is spent: nothing is taken after it. A key has the buckets of the one that it was rotated from.
-- What opens nothing takes no token, so that nobody keeps a key's holder from asking who may not ask by it.
-- A signed request brings when it was signed, and its nonce, which is good once: it is spent before anything is decided,
-- for good as this statement commits, so that what is refused now never comes again; and before any bucket, so that no
-- two requests wait for each other. One is kept until its signature is too old by itself, also where another server's
-- clock is a little behind. Nothing meters that, so it is for minutes: what was signed for more than five from now is
-- refused and not kept, nor is what a key signs that never opens anything again.
-- When a key was last used is written once a minute, and by nobody who would wait for it.
CREATE FUNCTION {name}(
  p_key uuid, p_address inet, p_rates text[], p_costs double precision[], p_most double precision[], p_per_second double precision[],
  p_signed_at timestamptz, p_nonce text, p_window_seconds integer
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := backstop_now();
  v_key record;
  v_code text;
  v_left double precision[] := '{}';
BEGIN
  SELECT k.revoked_at, k.not_before, k.expires_at, k.networks, k.last_used_at, coalesce(k.origin_id, k.id) AS origin
  INTO v_key
  FROM accounts_apikey AS k WHERE k.id = p_key;
  v_code := CASE
    WHEN v_key.revoked_at IS NOT NULL THEN 'key_revoked'
    WHEN v_now >= v_key.expires_at THEN 'key_expired'
  END;
  IF v_code IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_code);
  END IF;
  v_code := CASE
    WHEN v_now < v_key.not_before THEN 'key_not_valid_yet'
    WHEN v_key.networks IS NOT NULL AND (p_address <<= ANY (v_key.networks::inet[])) IS NOT TRUE THEN 'address_refused'
    WHEN p_signed_at < v_now - p_window_seconds * interval '1 second' THEN 'signature_outdated'
    WHEN p_signed_at > v_now + p_window_seconds * interval '1 second' THEN 'signature_early'
  END;

  IF p_signed_at BETWEEN v_now - p_window_seconds * interval '1 second' AND v_now + interval '5 minutes' THEN
    INSERT INTO accounts_spentnonce (name, stale_at)
    VALUES (p_key || ':' || p_nonce, p_signed_at + interval '2 minutes') ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RETURN jsonb_build_object('code', 'nonce_used');
    END IF;
    DELETE FROM accounts_spentnonce WHERE name IN (
      SELECT name FROM accounts_spentnonce WHERE stale_at < v_now ORDER BY stale_at LIMIT 2 FOR UPDATE SKIP LOCKED
    );
  END IF;
  IF v_code IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_code);
  END IF;

  IF (v_key.last_used_at >= v_now - interval '1 minute') IS NOT TRUE
     AND NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean THEN
    UPDATE accounts_apikey SET last_used_at = v_now WHERE id = (
      SELECT k.id FROM accounts_apikey AS k WHERE k.id = p_key FOR NO KEY UPDATE SKIP LOCKED
    );
  END IF;
  FOR i IN 1 .. cardinality(p_rates) LOOP
    v_left := v_left || {take_token}(p_rates[i] || ':' || v_key.origin, p_costs[i], p_most[i], p_per_second[i]);
    EXIT WHEN v_left[i] < 0;
  END LOOP;
  RETURN jsonb_build_object('code', NULL, 'left', to_jsonb(v_left));
END
$$
