"""What the ground refuses: requests that it cannot read, fields that are not what they have to be, and marks."""

from backstop.errors import Kind, Meaning, Refusal


class GroundRefusal(Refusal):
    BAD_REQUEST = Meaning("bad_request", Kind.MALFORMED, "this is no request that can be read")
    JSON_MALFORMED = Meaning("json_malformed", Kind.MALFORMED, "this is not JSON")
    JSON_EXCESSIVE = Meaning(
        "json_excessive",
        Kind.REFUSED,
        "no object here has so many members, no member so long a name, and nothing is nested so deeply",
    )
    METHOD_NOT_ALLOWED = Meaning("method_not_allowed", Kind.NOT_OFFERED, "this address does not take this method")
    NOT_ACCEPTABLE = Meaning("not_acceptable", Kind.NOT_ACCEPTABLE, "`Accept` has to allow for application/json")
    MEDIA_TYPE_UNSUPPORTED = Meaning("unsupported_media_type", Kind.NOT_READ, "send `Content-Type: application/json`")
    PERMISSION_DENIED = Meaning("permission_denied", Kind.NOT_ALLOWED, "this is not allowed")
    NOT_FOUND = Meaning("not_found", Kind.NOT_FOUND, "there is nothing at this address")
    BODY_BROKEN_OFF = Meaning("body_broken_off", Kind.MALFORMED, "what was sent ends before it is whole")
    BODY_TOO_SLOW = Meaning("body_too_slow", Kind.TOO_SLOW, "what was sent did not come in time")
    BODY_TOO_LARGE = Meaning("body_too_large", Kind.TOO_LARGE, "what was sent is too large")
    TOO_MANY_AT_ONCE = Meaning("too_many_at_once", Kind.TOO_MANY, "too many requests are in flight: try again shortly")
    TOO_MANY_STREAMS = Meaning("too_many_streams", Kind.TOO_MANY, "you have as many streams open as you may: close one")
    SERVER_BUSY = Meaning("server_busy", Kind.UNAVAILABLE, "too much is being answered: try again shortly")
    INVALID = Meaning("invalid", Kind.REFUSED, "what was sent is not valid")
    SERVER_ERROR = Meaning("server_error", Kind.FAILED, "something went wrong here")
    DATABASE_UNAVAILABLE = Meaning(
        "database_unavailable", Kind.UNAVAILABLE, "the database cannot do this at this moment: try again shortly"
    )

    IDEMPOTENCY_KEY_REFUSED = Meaning(
        "idempotency_key_refused", Kind.REFUSED, "Idempotency-Key takes 1 to 200 printable ASCII characters, no blanks"
    )
    IDEMPOTENCY_KEY_REUSED = Meaning(
        "idempotency_key_reused", Kind.REFUSED, "the Idempotency-Key was used before, with other content"
    )
    REQUEST_IN_FLIGHT = Meaning(
        "request_in_flight", Kind.CONFLICT, "this request is being carried out at this moment: try again shortly"
    )
    PROCESS_BEFORE_OVER = Meaning(
        "process_before_over",
        Kind.CONFLICT,
        "the time before which this was to be carried out is over: nothing was written",
        pointer="/process_before",
    )
    VERSION_OUTDATED = Meaning(
        "version_outdated", Kind.CHANGED, "this is not any more what If-Match says that you saw: read it again"
    )
    READ_TOKEN_REFUSED = Meaning(
        "read_token_refused",
        Kind.MALFORMED,
        "Backstop-Read-Token takes what your own writes were answered with, unchanged, several separated by commas",
    )

    LAST_EVENT_ID_REFUSED = Meaning(
        "last_event_id_refused", Kind.MALFORMED, "Last-Event-ID takes an id of an event of your own stream, unchanged"
    )
    POSITION_EXPIRED = Meaning(
        "position_expired",
        Kind.GONE,
        "what came after this event is not kept any more: read the lists, and begin a stream without Last-Event-ID",
    )

    TEXT_NOT_STORABLE = Meaning("text_not_storable", Kind.REFUSED, "a text cannot hold NUL or half a surrogate pair")
    QUERY_UNKNOWN = Meaning("query_unknown", Kind.REFUSED, "there is no such query parameter here")
    QUERY_REPEATED = Meaning("query_repeated", Kind.REFUSED, "a query parameter must not stand twice")
    QUERY_EMPTY = Meaning("query_empty", Kind.REFUSED, "a query parameter must have a value, or be left out")
    CURSOR_REFUSED = Meaning("cursor_refused", Kind.REFUSED, "this is no cursor of this list")
    MOMENT_REFUSED = Meaning("moment_refused", Kind.REFUSED, "must be a time in UTC, such as 2026-01-31T09:30:00Z")
    PERIOD_REFUSED = Meaning("period_refused", Kind.REFUSED, "the time until which must not be before that since when")
    FIELD_MISSING = Meaning("required", Kind.REFUSED, "must be given")
    FIELD_NULL = Meaning("null", Kind.REFUSED, "must not be null")
    FIELD_BLANK = Meaning("blank", Kind.REFUSED, "must not be blank")
    TOO_LONG = Meaning("max_length", Kind.REFUSED, "is longer than it may be")
    NOT_A_CHOICE = Meaning("invalid_choice", Kind.REFUSED, "must be one of its choices")
    NOT_A_LIST = Meaning("not_a_list", Kind.REFUSED, "must be a list")
    LIST_EMPTY = Meaning("empty", Kind.REFUSED, "must not be empty")
    BELOW_LEAST = Meaning("min_value", Kind.REFUSED, "is less than it may be")
    ABOVE_MOST = Meaning("max_value", Kind.REFUSED, "is more than it may be")
    FIELD_UNKNOWN = Meaning("field_unknown", Kind.REFUSED, "there is no such field here")
    DECIMAL_NOT_TEXT = Meaning("decimal_not_text", Kind.REFUSED, 'must be a decimal in a string, such as "12.5"')
    NUMBER_TOO_LARGE = Meaning("number_too_large", Kind.REFUSED, "this makes a number that is too large to be kept")
    DECIMAL_REFUSED = Meaning("decimal_refused", Kind.REFUSED, "must be a plain decimal number that can be stored")
    NOT_POSITIVE = Meaning("not_positive", Kind.REFUSED, "must be above zero")
    NEGATIVE = Meaning("negative", Kind.REFUSED, "must not be below zero")
    EDGE_OUT_OF_RANGE = Meaning("edge_out_of_range", Kind.REFUSED, "must be within -10000 and 10000 basis points")
    NOT_WHOLE = Meaning("not_whole", Kind.REFUSED, "must be a whole number")
    OUT_OF_RANGE = Meaning("out_of_range", Kind.REFUSED, "must be within the range")
    NOT_FLAG = Meaning("not_flag", Kind.REFUSED, "must be true or false")
    NOT_TEXT = Meaning("not_text", Kind.REFUSED, "must be a text")

    MARKS_REFUSED = Meaning(
        "marks_refused", Kind.REFUSED, "at least one mark of the batch cannot be taken, so none was"
    )
    INSTRUMENT_UNKNOWN = Meaning("instrument_unknown", Kind.REFUSED, "this venue has no such instrument")
    PRICE_NOT_POSITIVE = Meaning("price_not_positive", Kind.REFUSED, "a price must be above zero")
    SOURCE_RESERVED = Meaning("source_reserved", Kind.REFUSED, "sources that begin with hand: are those of persons")
    MARK_REPEATED = Meaning("mark_repeated", Kind.REFUSED, "the instrument has two marks of one source in this batch")
    MARK_IN_FUTURE = Meaning("mark_in_future", Kind.REFUSED, "the mark is of a time to come")
    MARK_OUTDATED = Meaning("mark_outdated", Kind.REFUSED, "the stored mark is of a later time")
    MARK_MISSING = Meaning("mark_missing", Kind.CONFLICT, "the instrument has no mark")
    MARK_STALE = Meaning(
        "mark_stale", Kind.CONFLICT, "too few sources of the instrument are fresh and agree to price anything with it"
    )
    MARK_JUMPED = Meaning(
        "mark_jumped", Kind.CONFLICT, "the instrument's price jumped: nothing is priced with it until it is confirmed"
    )
