//! What calendars and mail programs would do with an invitation: rules over its bytes.
