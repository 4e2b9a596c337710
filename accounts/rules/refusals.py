"""What accounts refuse: keys, people, money, commitments and holdings."""

from backstop.errors import Kind, Meaning, Refusal


class AccountRefusal(Refusal):
    KEY_MISSING = Meaning(
        "key_missing", Kind.UNAUTHENTICATED, "send `Authorization: Bearer <key>`, or sign the request"
    )
    KEY_MALFORMED = Meaning("key_malformed", Kind.UNAUTHENTICATED, "send `Authorization: Bearer <key>`")
    KEY_UNKNOWN = Meaning("key_unknown", Kind.UNAUTHENTICATED, "there is no such key")
    KEY_REVOKED = Meaning("key_revoked", Kind.UNAUTHENTICATED, "this key was revoked")
    KEY_NOT_VALID_YET = Meaning("key_not_valid_yet", Kind.UNAUTHENTICATED, "this key opens nothing yet")
    KEY_EXPIRED = Meaning("key_expired", Kind.UNAUTHENTICATED, "this key has expired")
    KEY_DOUBLE = Meaning("key_double", Kind.UNAUTHENTICATED, "send a key or sign the request, not both")
    ADDRESS_REFUSED = Meaning(
        "address_refused", Kind.NOT_ALLOWED, "this key opens nothing from the address that you ask from"
    )
    SIGNATURE_MALFORMED = Meaning(
        "signature_malformed",
        Kind.UNAUTHENTICATED,
        'send `Signature-Input: sig1=("@method" "@authority" "@path" "@query" "content-digest");created=…;keyid="…";'
        'nonce="…"` and `Signature: sig1=:…:`; a nonce has 16 to 64 letters, digits, - and _',
    )
    SIGNATURE_REFUSED = Meaning(
        "signature_refused", Kind.UNAUTHENTICATED, "what was sent is not what was signed, or not by this key"
    )
    SIGNATURE_OUTDATED = Meaning(
        "signature_outdated", Kind.UNAUTHENTICATED, "this was signed too long ago; `/v1/time` says what time it is"
    )
    SIGNATURE_EARLY = Meaning(
        "signature_early", Kind.UNAUTHENTICATED, "this is signed for later; `/v1/time` says what time it is"
    )
    NONCE_USED = Meaning("nonce_used", Kind.UNAUTHENTICATED, "this nonce came before: sign each request anew")
    DIGEST_REFUSED = Meaning(
        "digest_refused",
        Kind.UNAUTHENTICATED,
        "Content-Digest is that of the body, of an empty one too: `sha-256=:…:`",
    )
    AUTHORITY_REFUSED = Meaning("authority_refused", Kind.UNAUTHENTICATED, "nothing is signed for this host")
    PATH_REFUSED = Meaning(
        "path_refused", Kind.UNAUTHENTICATED, "a path that is signed has letters, digits and - . _ ~ alone, no %"
    )
    RATE_EXCEEDED = Meaning("rate_exceeded", Kind.TOO_MANY, "you ask too often: `Retry-After` says when to come again")
    SCOPE_MISSING = Meaning("scope_missing", Kind.NOT_ALLOWED, "this key does not have the scope that is needed")
    SCOPES_REFUSED = Meaning("scopes_refused", Kind.REFUSED, "no key has scopes of a venue and of a provider")

    KEY_FOR_MEMBERS = Meaning(
        "key_for_members",
        Kind.NOT_ALLOWED,
        "only its members see the secret of a provider's key that writes: grant it, and one of them collects it",
    )
    KEY_MUST_SIGN = Meaning(
        "key_must_sign",
        Kind.REFUSED,
        "a key with a secret only reads (`read`), but on the demo's own servers: for what writes register the public "
        "half of an Ed25519 key, and sign requests",
        pointer="/public_key",
    )
    PUBLIC_KEY_REFUSED = Meaning(
        "public_key_refused", Kind.REFUSED, "this is no public key of Ed25519", pointer="/public_key"
    )
    PUBLIC_KEY_KNOWN = Meaning(
        "public_key_known", Kind.CONFLICT, "this public key was registered before: make another", pointer="/public_key"
    )
    KEY_NOT_SIGNING = Meaning("key_not_signing", Kind.CONFLICT, "only a key that signs is rotated by its holder")
    KEY_ROTATED = Meaning(
        "key_rotated",
        Kind.CONFLICT,
        "two keys are live at most: this one has a successor, or the one before it lives",
    )
    KEY_RECENT = Meaning("key_recent", Kind.CONFLICT, "a key is rotated ten minutes after it was made, or later")
    KEY_WIDER = Meaning("key_wider", Kind.REFUSED, "a key is only restricted: for more than it opens, issue another")
    NETWORKS_REFUSED = Meaning(
        "networks_refused", Kind.REFUSED, "name networks such as 192.0.2.0/24 or 2001:db8::/48", pointer="/networks"
    )
    KEY_NOT_WAITING = Meaning("key_not_waiting", Kind.CONFLICT, "no such key waits for you")
    KEY_GRANTED_BY_YOU = Meaning(
        "key_granted_by_you", Kind.NOT_ALLOWED, "who granted a key does not see it, nor by another account"
    )
    MEMBERS_MISSING = Meaning(
        "members_missing", Kind.CONFLICT, "no user belongs to the provider: add one, or hand it a key by `create_key`"
    )
    USER_UNKNOWN = Meaning("user_unknown", Kind.REFUSED, "there is no such user", pointer="/username")
    USER_TAKEN = Meaning("user_taken", Kind.CONFLICT, "the user belongs to another provider", pointer="/username")

    NAME_TAKEN = Meaning("name_taken", Kind.CONFLICT, "the venue has one of that name already", pointer="/name")
    GROUP_UNKNOWN = Meaning("group_unknown", Kind.REFUSED, "the venue has no such group", pointer="/group")
    PROVIDER_UNKNOWN = Meaning("provider_unknown", Kind.NOT_FOUND, "this venue has no such provider")
    PROVIDER_SUSPENDED = Meaning(
        "provider_suspended", Kind.NOT_ALLOWED, "you may offer nothing new: you are suspended, or not approved yet"
    )
    PROVIDER_NOT_IN_STATE = Meaning(
        "provider_not_in_state", Kind.CONFLICT, "that cannot be done to the provider as it stands"
    )
    PROVIDER_NOT_FREE = Meaning(
        "provider_not_free", Kind.CONFLICT, "the provider has money here, or something to be settled: that comes first"
    )
    PROVIDER_IN_DEFAULT = Meaning("provider_in_default", Kind.CONFLICT, "the provider's default is under way")
    DEFAULT_NOT_DECLARED = Meaning(
        "default_not_declared", Kind.CONFLICT, "nobody declared the provider's default, or it lapsed: declare it anew"
    )
    DEFAULT_UNKNOWN = Meaning("default_unknown", Kind.NOT_FOUND, "the provider was never declared in default")
    LOSS_EVENT_UNKNOWN = Meaning("loss_event_unknown", Kind.NOT_FOUND, "this venue has no such loss event")
    LOSS_PLAN_REFUSED = Meaning(
        "loss_plan_refused",
        Kind.REFUSED,
        "must be FIRST_TRANCHE, then FUND without limits, then others, each at most once",
        pointer="/layers",
    )
    CONTRIBUTION_OBLIGED = Meaning(
        "contribution_obliged",
        Kind.CONFLICT,
        "the provider is obliged for a loss event that is not final: until then its contribution stays",
    )
    REFILL_UNKNOWN = Meaning("refill_unknown", Kind.NOT_FOUND, "there is no such refill")
    CLAIM_UNKNOWN = Meaning("claim_unknown", Kind.NOT_FOUND, "there is no such claim")
    CLAIM_NOT_IN_STATE = Meaning("claim_not_in_state", Kind.CONFLICT, "the claim does not wait for that (any more)")
    DISPUTE_EXCESSIVE = Meaning(
        "dispute_excessive", Kind.REFUSED, "nobody disputes, or refuses, more of a claim than there is"
    )
    ALLOCATION_NOT_PLANNED = Meaning(
        "allocation_not_planned", Kind.CONFLICT, "the plan that the loss event opened with allocates no losses"
    )
    ALLOCATION_EXCESSIVE = Meaning(
        "allocation_excessive",
        Kind.CONFLICT,
        "no more is allocated than nobody took, or paid, and is not allocated already",
    )
    ALLOCATION_REFUSED = Meaning("allocation_refused", Kind.REFUSED, "nothing can be allocated so")
    ALLOCATION_FILL_UNKNOWN = Meaning(
        "allocation_fill_unknown", Kind.NOT_FOUND, "this venue allocated no such part of a loss"
    )
    ALLOCATION_FILL_DECIDED = Meaning(
        "allocation_fill_decided",
        Kind.CONFLICT,
        "that part of a loss was confirmed or refused, or the time for that is over",
    )
    ALLOCATION_UNKNOWN = Meaning("allocation_unknown", Kind.NOT_FOUND, "this venue allocated no such loss")
    ASSESSMENT_UNKNOWN = Meaning("assessment_unknown", Kind.NOT_FOUND, "there is no such assessment")
    RECOVERY_EXCESSIVE = Meaning(
        "recovery_excessive",
        Kind.CONFLICT,
        "a recovery is at most what the event cost, less what came back before",
        pointer="/amount",
    )
    MARGIN_CALL_UNKNOWN = Meaning(
        "margin_call_unknown", Kind.NOT_FOUND, "there is no such margin call, or it is of no cover of yours"
    )
    MARGIN_CALL_REFUSED = Meaning("margin_call_refused", Kind.REFUSED, "no insurer can be asked to cover that")
    MARGIN_CALL_NOT_IN_STATE = Meaning(
        "margin_call_not_in_state", Kind.CONFLICT, "the margin call does not wait for that (any more)"
    )
    REPO_UNKNOWN = Meaning("repo_unknown", Kind.NOT_FOUND, "there is no such repo, or it is of no cover of yours")
    REPO_REFUSED = Meaning("repo_refused", Kind.REFUSED, "insurers do not lend that to the fund")
    REPO_NOT_IN_STATE = Meaning("repo_not_in_state", Kind.CONFLICT, "the repo was repaid already")
    REPAYMENT_EXCESSIVE = Meaning("repayment_excessive", Kind.REFUSED, "no more is repaid than is owed")
    COVER_UNKNOWN = Meaning("cover_unknown", Kind.NOT_FOUND, "there is no such cover, or it is none of yours")
    COVER_REFUSED = Meaning("cover_refused", Kind.REFUSED, "no contract may say that")
    COVER_NOT_IN_STATE = Meaning(
        "cover_not_in_state", Kind.CONFLICT, "that cannot be done to the cover as it stands, or it lapsed"
    )
    COVER_OVERLAPS = Meaning(
        "cover_overlaps",
        Kind.CONFLICT,
        "another cover stands for some of the same of one event",
    )
    COVER_OF_ONE_CLUSTER = Meaning(
        "cover_of_one_cluster", Kind.CONFLICT, "an insurer is of the cluster that it would insure"
    )
    COVER_CONCENTRATED = Meaning(
        "cover_concentrated", Kind.CONFLICT, "a cluster of insurers would have too many parts of all covers"
    )
    COVER_NOT_ASKED = Meaning(
        "cover_not_asked",
        Kind.CONFLICT,
        "by the venue's loss plan covers pay nothing: set one with the layer COVERS first",
    )
    ATTACHMENT_LOW = Meaning(
        "attachment_low", Kind.CONFLICT, "layers ranked before the cover may not be used up where it attaches"
    )
    RATING_REFUSED = Meaning(
        "rating_refused", Kind.REFUSED, "a rating is of now at the latest, and not over yet", pointer="/expires_at"
    )
    HOURS_CLAUSE_OTHER = Meaning(
        "hours_clause_other", Kind.CONFLICT, "the cover's hours clause is not that of the venue's newest playbook"
    )
    COVER_SIGNATURE_REFUSED = Meaning(
        "cover_signature_refused",
        Kind.REFUSED,
        "sign `backstop-cover-v1` and the 32 bytes of `content_hash` by a live key that you registered",
        pointer="/signature",
    )
    VENUE_UNKNOWN = Meaning("venue_unknown", Kind.NOT_FOUND, "the key is of another venue, or there is none of this id")
    VAULT_UNKNOWN = Meaning("vault_unknown", Kind.NOT_FOUND, "this venue has no such vault")
    VAULT_EXISTS = Meaning("vault_exists", Kind.CONFLICT, "the provider is a vault already, or was one")
    VAULT_REFUSED = Meaning("vault_refused", Kind.REFUSED, "a vault cannot be like this")
    VAULT_NOT_EMPTY = Meaning(
        "vault_not_empty", Kind.CONFLICT, "the provider has money or holdings of its own: a vault begins with nothing"
    )
    VAULT_AUTOMATIC = Meaning(
        "vault_automatic", Kind.NOT_ALLOWED, "a vault offers by its commitments alone, at its published edge"
    )
    VAULT_POOLED = Meaning(
        "vault_pooled", Kind.CONFLICT, "the collateral of a vault is its depositors': it leaves for their shares alone"
    )
    VAULT_IN_USE = Meaning(
        "vault_in_use", Kind.CONFLICT, "the vault has shares, deposits wait for it, or some of its collateral is held"
    )
    VAULT_ENDED = Meaning("vault_ended", Kind.CONFLICT, "the vault has ended")
    VAULT_NOT_SUSPENDED = Meaning("vault_not_suspended", Kind.CONFLICT, "the vault is not suspended for a loss")
    DEPOSIT_UNKNOWN = Meaning("deposit_unknown", Kind.NOT_FOUND, "the vault has no such deposit")
    WITHDRAWAL_UNKNOWN = Meaning("withdrawal_unknown", Kind.NOT_FOUND, "the vault has no such withdrawal")
    DEPOSIT_WORTHLESS = Meaning(
        "deposit_worthless",
        Kind.CONFLICT,
        "so much buys no share, or the vault cannot give as many: deposit more, or nothing while the vault owes",
        pointer="/amount",
    )
    SHARES_INSUFFICIENT = Meaning(
        "shares_insufficient", Kind.CONFLICT, "the depositor has fewer shares that do not leave yet", pointer="/shares"
    )
    GROUND_MISSING = Meaning(
        "ground_missing", Kind.CONFLICT, "what is here does not bear this ground out", pointer="/ground"
    )
    TERMS_NOT_ACCEPTED = Meaning("terms_not_accepted", Kind.CONFLICT, "the provider has not accepted the venue's terms")
    REASON_MISSING = Meaning("reason_missing", Kind.REFUSED, "say why", pointer="/reason")

    PERSON_UNKNOWN = Meaning(
        "person_unknown", Kind.NOT_ALLOWED, "this takes two persons, and nobody is known behind who asks"
    )
    APPROVAL_UNKNOWN = Meaning("approval_unknown", Kind.NOT_FOUND, "there is no such approval")
    APPROVAL_SAME_PERSON = Meaning(
        "approval_same_person", Kind.NOT_ALLOWED, "who asked for it cannot confirm it, nor by another key or account"
    )
    APPROVAL_NOT_ASKED_BY_YOU = Meaning(
        "approval_not_asked_by_you", Kind.NOT_ALLOWED, "only who asked for it can take it back"
    )
    APPROVAL_DECIDED = Meaning("approval_decided", Kind.CONFLICT, "the approval is decided already")
    APPROVAL_OUTDATED = Meaning(
        "approval_outdated", Kind.CONFLICT, "since it was asked for, what it takes has changed: ask anew"
    )
    APPROVAL_LAPSED = Meaning("approval_lapsed", Kind.CONFLICT, "nobody confirmed it in time: ask anew")
    APPROVAL_LIMIT_REFUSED = Meaning(
        "approval_limit_refused", Kind.REFUSED, "a limit must not be below zero", pointer="/amount"
    )

    WEBHOOK_UNKNOWN = Meaning("webhook_unknown", Kind.NOT_FOUND, "there is no such webhook")
    WEBHOOKS_TOO_MANY = Meaning("webhooks_too_many", Kind.CONFLICT, "you have as many webhooks as one may have")
    WEBHOOK_URL_REFUSED = Meaning(
        "webhook_url_refused",
        Kind.REFUSED,
        "must be an https address, on port 443, of a host that everybody can reach",
        pointer="/url",
    )
    WEBHOOK_KIND_UNKNOWN = Meaning(
        "webhook_kind_unknown", Kind.REFUSED, "you are told of no such kind of event", pointer="/kinds"
    )
    WEBHOOK_DISABLED = Meaning("webhook_disabled", Kind.CONFLICT, "nothing is sent to the webhook: enable it first")
    WEBHOOK_FULL = Meaning("webhook_full", Kind.CONFLICT, "as many messages wait for the webhook as may")
    DELIVERY_UNKNOWN = Meaning("delivery_unknown", Kind.NOT_FOUND, "nothing like this was sent to the webhook")

    ASSET_UNKNOWN = Meaning("asset_unknown", Kind.REFUSED, "this venue has no such asset", pointer="/asset")
    AMOUNT_NOT_MOVABLE = Meaning("amount_not_movable", Kind.REFUSED, "amount must not be zero", pointer="/amount")
    ACCOUNT_INSUFFICIENT = Meaning(
        "funds_insufficient", Kind.CONFLICT, "an account does not hold what is to be taken from it or held in it"
    )
    ACCOUNT_FULL = Meaning(
        "account_full", Kind.REFUSED, "more would stand in an account, or be owed by it, than one may hold"
    )
    COLLATERAL_INSUFFICIENT = Meaning(
        "collateral_insufficient", Kind.CONFLICT, "there is less free collateral than that", pointer="/amount"
    )
    CONTRIBUTION_INSUFFICIENT = Meaning(
        "contribution_insufficient", Kind.CONFLICT, "the provider has contributed less than that", pointer="/amount"
    )
    FUND_INSUFFICIENT = Meaning(
        "fund_insufficient", Kind.CONFLICT, "the account has less free money than that", pointer="/amount"
    )
    FEES_INSUFFICIENT = Meaning(
        "fees_insufficient", Kind.CONFLICT, "the venue earned less than that", pointer="/amount"
    )
    REFERENCE_REUSED = Meaning(
        "reference_reused", Kind.CONFLICT, "this reference was used before, with other content", pointer="/reference"
    )

    COMMITMENT_UNKNOWN = Meaning("commitment_unknown", Kind.NOT_FOUND, "there is no such commitment")
    COMMITMENT_EXISTS = Meaning(
        "commitment_exists", Kind.CONFLICT, "the provider has a commitment for that scope: change it instead"
    )
    COMMITMENT_NOT_IN_STATE = Meaning(
        "commitment_not_in_state", Kind.CONFLICT, "that cannot be done to the commitment as it stands"
    )
    CHANGES_TOO_MANY = Meaning(
        "changes_too_many",
        Kind.CONFLICT,
        "as many changes of the commitment are announced, or of the provider's took effect in a day, as may be",
    )
    SCOPE_UNKNOWN = Meaning("scope_unknown", Kind.REFUSED, "this venue has no such instrument or product group")
    TERMS_REFUSED = Meaning("terms_refused", Kind.REFUSED, "these terms cannot be offered")
    WINDOW_PARTIAL = Meaning("window_partial", Kind.REFUSED, "a window is its capacity and its seconds")

    HOLDINGS_REPORT_OUTDATED = Meaning(
        "holdings_report_outdated", Kind.CONFLICT, "a later report was taken already", pointer="/included_sequence"
    )
    HOLDINGS_REPORT_REFUSED = Meaning(
        "holdings_report_refused", Kind.REFUSED, "the report names something that cannot be, so none of it was taken"
    )
    EXPOSURE_REPORT_OUTDATED = Meaning(
        "exposure_report_outdated", Kind.CONFLICT, "a later report was taken already", pointer="/included_sequence"
    )
    EXPOSURE_REPORT_REFUSED = Meaning(
        "exposure_report_refused", Kind.REFUSED, "the report says something that cannot be"
    )
    EXPOSURE_LIMIT_REFUSED = Meaning("exposure_limit_refused", Kind.REFUSED, "a limit must not be below zero")
    WITHDRAWAL_BARRED = Meaning(
        "withdrawal_barred",
        Kind.CONFLICT,
        "nothing leaves while the provider is in default, its equity at the venue is below what is needed there, or it "
        "has not paid what it was called for, or its part of a claim that is overdue",
    )
    INSTRUMENT_REPEATED = Meaning("instrument_repeated", Kind.REFUSED, "the instrument is in this report twice")
    SETTLEMENT_UNKNOWN = Meaning("settlement_unknown", Kind.NOT_FOUND, "there is no such settlement")


BY_CODE = {one.code: one for one in AccountRefusal}
