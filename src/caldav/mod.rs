//! The organizer's calendar on a CalDAV server (RFC 4791, RFC 6638, RFC 6764).
