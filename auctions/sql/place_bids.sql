-- Places a batch of sealed bids for one provider: locks, then replays, then each item in order, then one write.
-- An item that fails does so alone, with a code; one that was placed before answers the bid of then, and if that is void
-- by now, also with a code. What is placed now (placed_at is not null) is answered as it stands, with the reserve of its
-- auction unless that hides its lot, so that nobody has to read it again; limited is whether the venue limits anybody.
-- A key that nobody judged yet comes with the hash of its secret, or with what is still to be judged of its signature,
-- from where it was sent, the scope that is needed and the rate and cost of what is asked: it is judged here, and
-- tokens_left is what it may still ask. Late, so that no other request waits long for its bucket.
-- What is offered comes sealed: p_refusals are the codes of what could only be checked before that. With it comes what
-- never changes of its auction: the asset that is held, by id and code, its scale, the buffer for drift,
-- and whether it is a drill's.
-- In an outage an auction is open as it was at the last beat: the same as auctions.rules.outages.
-- It is planned once a session and not once a call, maybe while its tables are still empty: so bids are found by their
-- ids and names whatever the statistics say, and whatever that is taken to cost it is not compiled.
CREATE FUNCTION {name}(
  p_key uuid, p_provider uuid, p_auctions uuid[], p_client_bid_ids text[], p_sealed_offers bytea[], p_digests bytea[],
  p_fingerprints bytea[], p_max_units integer[], p_max_pays_bps numeric[], p_max_drifts_bps numeric[],
  p_expires timestamptz[], p_improves uuid[], p_refusals text[], p_assets uuid[], p_asset_codes text[],
  p_scales integer[], p_drift_buffers_bps numeric[], p_drills boolean[], p_all_or_none boolean, p_actor text,
  p_secret_hash text, p_signed_at timestamptz, p_nonce text, p_window_seconds integer, p_address inet, p_scope text,
  p_rate text, p_cost double precision, p_most double precision, p_per_second double precision
) RETURNS TABLE (
  item integer, code text, bid_id uuid, placed_at timestamptz, in_round integer, is_firm boolean, replaces uuid,
  drifts_bps numeric, holds numeric, reserve_bps numeric, limited boolean, tokens_left double precision
) LANGUAGE plpgsql
SET plan_cache_mode = 'force_generic_plan' SET enable_seqscan = off AS $$
DECLARE
  r record;
  v_now timestamptz;
  v_venue uuid;
  v_suspended boolean;
  v_automatic boolean;
  v_secret_hash text;
  v_scopes text[];
  v_revoked_at timestamptz;
  v_judged jsonb;
  v_code text;
  v_open uuid[];
  v_placed bigint[];
  v_turn integer;
  v_hold numeric;
  v_parts numeric;
  v_drift numeric;
  v_place integer;
  v_accounts uuid[];
  v_assets uuid[];
  v_free numeric[];
  v_taken numeric[];
  v_seen text[] := '{}';
  v_improved uuid[] := '{}';
  v_old auctions_bid;
  v_items integer[] := '{}'; -- what is placed now: the place of each, and what was decided of it
  v_ids uuid[] := '{}';
  v_rounds integer[] := '{}';
  v_firm boolean[] := '{}';
  v_replaced uuid[] := '{}';
  v_drifts numeric[] := '{}';
  v_holds numeric[] := '{}';
  v_any_refused boolean := false;
BEGIN
  -- No bid waits for the close of an auction whose window is over: it is not open, whatever comes of the close.
  SELECT p.venue_id, ARRAY(
    SELECT a.id FROM auctions_auction AS a
    WHERE a.id = ANY (p_auctions) AND a.venue_id = p.venue_id AND a.state = 'OPEN'
      AND (backstop_now() < a.closes_at OR EXISTS (
             SELECT FROM auctions_heartbeat AS heart WHERE heart.venue_id = a.venue_id AND heart.beat_at < a.closes_at
               AND heart.beat_at + a.outage_seconds * interval '1 second' < backstop_now()))
    ORDER BY a.id
  ) INTO v_venue, v_open FROM accounts_provider AS p WHERE p.id = p_provider;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('auction:' || ordered.id, 0))
  FROM unnest(v_open) AS ordered (id);
  IF array_remove(p_improves, NULL) <> '{}' THEN
    PERFORM FROM auctions_bid
    WHERE id = ANY (p_improves) AND auction_id = ANY (v_open) AND (provider_id = p_provider) IS TRUE
    ORDER BY id FOR NO KEY UPDATE;
  END IF;
  -- Those alone that may hold something: a provider has one more in each drill.
  SELECT array_agg(a.id), array_agg(a.asset_id), array_agg(a.posted - a.held - a.floor), array_agg(0::numeric)
  INTO v_accounts, v_assets, v_free, v_taken
  FROM (
    SELECT id, asset_id, posted, held, floor FROM accounts_account
    WHERE provider_id = p_provider AND kind = 'COLLATERAL' AND asset_id = ANY (ARRAY(
      SELECT asset FROM unnest(p_auctions, p_assets) AS given (auction, asset) WHERE auction = ANY (v_open)))
    ORDER BY id FOR NO KEY UPDATE
  ) AS a;

  -- Only now, with the locks held, is anything decided: each statement sees what was committed before it.
  v_now := backstop_now();
  SELECT p.state <> 'ACTIVE', EXISTS (SELECT FROM accounts_vault AS v WHERE v.provider_id = p.id AND v.ended_at IS NULL),
         EXISTS (SELECT FROM accounts_exposurelimit AS x WHERE x.venue_id = v_venue),
         k.secret_hash, k.scopes, k.revoked_at
  INTO v_suspended, v_automatic, limited, v_secret_hash, v_scopes, v_revoked_at
  FROM accounts_provider AS p LEFT JOIN accounts_apikey AS k ON k.id = p_key AND k.provider_id = p.id
  WHERE p.id = p_provider;
  IF v_secret_hash IS NULL OR v_revoked_at IS NOT NULL THEN v_code := 'key_revoked';
  ELSIF v_secret_hash <> p_secret_hash THEN v_code := 'key_unknown';
  ELSE
    IF p_rate IS NOT NULL THEN
      v_judged := {judge_key}(p_key, p_address, ARRAY[p_rate], ARRAY[p_cost], ARRAY[p_most],
                              ARRAY[p_per_second], p_signed_at, p_nonce, p_window_seconds);
      tokens_left := (v_judged->'left'->>0)::double precision;
    END IF;
    v_code := CASE
      WHEN v_judged->>'code' IS NOT NULL THEN v_judged->>'code'
      WHEN p_scope <> ALL (v_scopes) THEN 'scope_missing'
      WHEN tokens_left < 0 THEN 'rate_exceeded'
    END;
  END IF;
  IF v_code IS NOT NULL THEN
    code := v_code;
    FOR place IN 1..cardinality(p_auctions) LOOP
      item := place;
      RETURN NEXT;
    END LOOP;
    RETURN;
  END IF;

  FOR r IN
    SELECT given.*, known.id AS known_id, known.state = 'VOID' AS void,
           known.fingerprint = given.fingerprint AND known.improves_id IS NOT DISTINCT FROM given.improves
             AND known.expires_at IS NOT DISTINCT FROM given.expires_at AS same,
           a.id IS NOT NULL AS exists, a.units AS auction_units, a.max_bids, a.round, a.excluded_providers,
           a.id = ANY (v_open) AND a.kind = 'SEALED' AND a.state = 'OPEN' AND a.opens_at <= v_now
             AND (v_now < a.closes_at OR EXISTS (
                    SELECT FROM auctions_heartbeat AS heart
                    WHERE heart.venue_id = a.venue_id AND heart.beat_at < a.closes_at
                      AND heart.beat_at + a.outage_seconds * interval '1 second' < v_now)) AS open,
           CASE WHEN a.disclosure <> 'SIZE_BAND' THEN a.reserve_edge_bps END AS reserve_edge_bps,
           a.base_hold, a.unit_hold, a.unit_exposure,
           ARRAY(SELECT (SELECT count(*) FROM ( -- in an order that one index alone has, for the same reason as below
             SELECT FROM auctions_bid AS b WHERE b.auction_id BETWEEN ordered.id AND ordered.id
               AND b.provider_id BETWEEN p_provider AND p_provider AND b.commitment_id IS NULL
             ORDER BY b.auction_id, b.provider_id LIMIT 2147483647
           ) AS placed) FROM unnest(v_open) AS ordered (id)) AS placed
    FROM unnest(p_auctions, p_client_bid_ids, p_sealed_offers, p_fingerprints, p_max_units, p_max_pays_bps,
                p_max_drifts_bps, p_expires, p_improves, p_refusals, p_assets, p_scales, p_drift_buffers_bps)
      WITH ORDINALITY
      AS given (auction_id, client_bid_id, sealed_offer, fingerprint, max_units, max_pay_bps, max_drift_bps, expires_at,
                improves, refusal, asset, scale, drift_buffer_bps, ord)
    LEFT JOIN LATERAL ( -- a range and an order that one index alone has: where all are empty, no other looks as good
      SELECT id, state, fingerprint, improves_id, expires_at FROM auctions_bid
      WHERE provider_id = p_provider AND commitment_id IS NULL
        AND client_bid_id BETWEEN given.client_bid_id AND given.client_bid_id
      ORDER BY client_bid_id LIMIT 1
    ) AS known ON true
    LEFT JOIN auctions_auction AS a ON a.id = given.auction_id AND a.venue_id = v_venue
    ORDER BY given.ord
  LOOP
    item := r.ord;
    code := NULL;
    bid_id := r.known_id;
    placed_at := NULL;
    v_old := NULL;
    IF r.improves IS NOT NULL THEN
      SELECT * INTO v_old FROM auctions_bid AS old
      WHERE old.id = r.improves AND old.provider_id = p_provider AND old.auction_id = r.auction_id
        AND old.state = 'LIVE' AND old.commitment_id IS NULL AND old.id <> ALL (v_improved)
        -- One whose time is over is gone, though no sweep has come by yet; but a firm one stands.
        AND ((old.expires_at > v_now) IS NOT FALSE OR old.firm OR old.round < r.round);
    END IF;
    v_turn := array_position(v_open, r.auction_id);
    v_place := array_position(v_assets, r.asset);
    v_placed := coalesce(v_placed, r.placed);
    v_drift := greatest(r.max_drift_bps, v_old.max_drift_bps); -- what improves another stands at least as far
    -- The same as auctions.rules.holds.Hold.of_bid, where every division is exact; a test holds them together.
    v_hold := (r.base_hold * 10000 + r.max_units * (r.unit_hold * 10000 + r.unit_exposure * r.max_pay_bps))
                * (10000 + greatest(r.drift_buffer_bps, v_drift)) * power(10::numeric, r.scale);
    v_parts := 10000 * (10000 + r.drift_buffer_bps);
    v_hold := (div(v_hold, v_parts) + (mod(v_hold, v_parts) > 0)::integer) / power(10::numeric, r.scale);
    IF r.client_bid_id = ANY (v_seen) THEN code := 'bid_duplicate'; bid_id := NULL;
    ELSIF r.known_id IS NOT NULL THEN
      IF r.same IS NOT TRUE THEN code := 'bid_reused'; bid_id := NULL;
      ELSIF r.void THEN code := 'bid_void'; END IF;
    ELSIF NOT r.exists THEN code := 'auction_unknown';
    ELSIF v_suspended THEN code := 'provider_suspended';
    ELSIF p_provider = ANY (r.excluded_providers) THEN code := 'provider_excluded';
    ELSIF v_automatic THEN code := 'vault_automatic';
    ELSIF NOT r.open THEN code := 'auction_not_open';
    ELSIF r.expires_at <= v_now THEN code := 'bid_expired';
    ELSIF r.max_units > r.auction_units THEN code := 'units_too_many';
    ELSIF r.refusal IS NOT NULL THEN code := r.refusal;
    ELSIF r.sealed_offer IS NULL THEN code := 'auction_not_open';
    ELSIF v_placed[v_turn] >= r.max_bids THEN code := 'bids_too_many';
    ELSIF r.improves IS NOT NULL AND v_old.id IS NULL THEN code := 'bid_not_live';
    ELSIF v_place IS NULL OR v_free[v_place] - v_taken[v_place] + coalesce(v_old.held, 0) < v_hold THEN
      code := 'margin_insufficient';
    ELSE
      bid_id := gen_random_uuid();
      placed_at := v_now;
      reserve_bps := r.reserve_edge_bps;
      in_round := r.round;
      is_firm := coalesce(v_old.firm OR v_old.round < r.round, false);
      replaces := v_old.id;
      drifts_bps := v_drift;
      holds := v_hold;
      v_placed[v_turn] := v_placed[v_turn] + 1;
      v_taken[v_place] := v_taken[v_place] + v_hold - coalesce(v_old.held, 0);
      IF v_old.id IS NOT NULL THEN v_improved := v_improved || v_old.id; END IF;
      v_items := v_items || item;
      v_ids := v_ids || bid_id;
      v_rounds := v_rounds || in_round;
      v_firm := v_firm || is_firm;
      v_replaced := v_replaced || replaces;
      v_drifts := v_drifts || drifts_bps;
      v_holds := v_holds || holds;
    END IF;
    v_seen := v_seen || r.client_bid_id;
    v_any_refused := v_any_refused OR code IS NOT NULL;
    RETURN NEXT;
  END LOOP;
  IF p_all_or_none AND v_any_refused THEN
    RETURN; -- what is answered of the others has not happened
  END IF;

  -- What is improved makes room: the better bid stands in its place.
  IF v_improved <> '{}' THEN
    UPDATE auctions_bid SET state = 'CANCELLED', held = 0, cancelled_at = v_now WHERE id = ANY (v_improved);
  END IF;
  IF v_items <> '{}' THEN
    -- What is told is the same as auctions.events.BidPlaced and backstop.record; a test holds them together.
    WITH fresh AS (
      SELECT * FROM unnest(v_items, v_ids, v_rounds, v_firm, v_replaced, v_drifts, v_holds) WITH ORDINALITY
        AS b (item, id, round, firm, improves_id, max_drift_bps, held, ord)
    ), written AS (
      INSERT INTO auctions_bid (id, created_at, auction_id, provider_id, client_bid_id, state, round, improves_id, firm,
                                sealed_offer, digest, fingerprint, max_units, max_pay_bps, max_drift_bps, held,
                                expires_at)
      SELECT b.id, v_now, p_auctions[b.item], p_provider, p_client_bid_ids[b.item], 'LIVE', b.round, b.improves_id,
             b.firm, p_sealed_offers[b.item], p_digests[b.item], p_fingerprints[b.item], p_max_units[b.item],
             p_max_pays_bps[b.item], b.max_drift_bps, b.held, p_expires[b.item]
      FROM fresh AS b ORDER BY b.ord
    ), taken AS (
      UPDATE accounts_account AS a SET held = a.held + t.taken
      FROM unnest(v_accounts, v_taken) AS t (id, taken) WHERE a.id = t.id AND t.taken <> 0
    ), told AS (
      INSERT INTO backstop_event (venue_id, kind, visibility, subject_id, provider_id, payload, actor)
      SELECT v_venue, 'bid_placed', 'OWN', b.id, p_provider,
             jsonb_strip_nulls(jsonb_build_object('auction', p_auctions[b.item], 'asset', p_asset_codes[b.item],
                                                  'held', trim_scale(b.held)::text, 'improves', b.improves_id,
                                                  'drill', nullif(p_drills[b.item], false))),
             p_actor
      FROM fresh AS b ORDER BY b.ord
      RETURNING id
    )
    INSERT INTO backstop_outbox (event_id, venue_id) SELECT told.id, v_venue FROM told ORDER BY told.id;
  END IF;
END
$$
