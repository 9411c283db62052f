/*
 * Judges invitations with libical.
 *
 *     check DIRECTORY
 *
 * DIRECTORY holds what matrix.py wrote. One line for each file: "ok FILE" or "FAIL FILE: why; why".
 * Clock times are resolved with the file's own VTIMEZONE, never with the system's zones.
 */

#define _GNU_SOURCE
#include <json-c/json.h>
#include <libical/ical.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with the file at hand, in words. */
static char faults[8192];

__attribute__((format(printf, 1, 2))) static void fault(const char *format, ...)
{
    size_t used = strlen(faults);
    va_list arguments;

    if (used > 0 && used + 2 < sizeof faults) {
        strcat(faults, "; ");
        used += 2;
    }
    va_start(arguments, format);
    vsnprintf(faults + used, sizeof faults - used, format, arguments);
    va_end(arguments);
}

static void expect(const char *what, const char *came, const char *asked)
{
    if (came && asked ? strcmp(came, asked) != 0 : came != asked)
        fault("%s is '%s', expected '%s'", what, came ? came : "(none)", asked ? asked : "(none)");
}

static const char *text(json_object *wanted, const char *key)
{
    return json_object_get_string(json_object_object_get(wanted, key));
}

/* An error in a value stands in its place as an X-LIC-ERROR. */
static void judge_errors(icalcomponent *component)
{
    icalproperty *property = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY);
    for (; property; property = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY))
        fault("X-LIC-ERROR: %s", icalproperty_get_xlicerror(property));

    icalcomponent *part = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
    for (; part; part = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        judge_errors(part);
}

static void judge_time(icalcomponent *event, icalproperty_kind kind, json_object *wanted,
                       const char *key)
{
    icalproperty *property = icalcomponent_get_first_property(event, kind);

    if (!property) {
        fault("there is no %s", key);
        return;
    }
    icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    struct icaltimetype at = icalvalue_get_datetime(icalproperty_get_value(property));
    const char *tzid = parameter ? icalparameter_get_tzid(parameter) : NULL;
    icaltimezone *zone = icaltimezone_get_utc_timezone();

    expect("TZID", tzid, text(wanted, "tzid"));
    if (tzid)
        zone = icalcomponent_get_timezone(icalcomponent_get_parent(event), tzid);
    if (!zone || (!tzid && !icaltime_is_utc(at))) {
        fault("%s has no zone", key);
        return;
    }
    long long came = icaltime_as_timet_with_zone(at, zone);
    long long asked = json_object_get_int64(json_object_object_get(wanted, key));
    if (came != asked)
        fault("%s is %lld, expected %lld", key, came, asked);
}

/* The first ten starts of a series. */
static void judge_starts(icalcomponent *event, json_object *asked)
{
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    struct icaltimetype start = icalcomponent_get_dtstart(event);
    size_t came = 0, expected = json_object_array_length(asked);

    if (!property) {
        if (expected != 1)
            fault("there is no RRULE");
        return;
    }
    icalrecur_iterator *times = icalrecur_iterator_new(icalproperty_get_rrule(property), start);
    for (; times && came < 10; came++) {
        struct icaltimetype at = icalrecur_iterator_next(times);
        if (icaltime_is_null_time(at))
            break;
        long long seconds = icaltime_as_timet_with_zone(at, icaltime_get_timezone(start));
        json_object *wanted = came < expected ? json_object_array_get_idx(asked, came) : NULL;
        if (!wanted || seconds != json_object_get_int64(wanted))
            fault("start %zu is %lld", came + 1, seconds);
    }
    if (times)
        icalrecur_iterator_free(times);
    if (came != expected)
        fault("there are %zu starts, expected %zu", came, expected);
}

static void judge_attendee(icalproperty *property, json_object *asked)
{
    const char *address = icalproperty_get_attendee(property);
    icalparameter *role = icalproperty_get_first_parameter(property, ICAL_ROLE_PARAMETER);
    icalparameter *name = icalproperty_get_first_parameter(property, ICAL_CN_PARAMETER);
    icalparameter_role part = role ? icalparameter_get_role(role) : ICAL_ROLE_NONE;

    for (size_t i = 0; i < json_object_array_length(asked); i++) {
        json_object *who = json_object_array_get_idx(asked, i);
        if (strncmp(address, "mailto:", 7) != 0 || strcmp(address + 7, text(who, "address")) != 0)
            continue;
        const char *label = text(who, text(who, "name") ? "name" : "address");
        expect("ROLE", icalparameter_enum_to_string(part), text(who, "role"));
        expect("CN", name ? icalparameter_get_cn(name) : NULL, label);
        return;
    }
    fault("ATTENDEE %s was not invited", address);
}

static void judge_people(icalcomponent *event, json_object *asked)
{
    int expected = (int)json_object_array_length(asked);
    int came = icalcomponent_count_properties(event, ICAL_ATTENDEE_PROPERTY);
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);

    for (; property; property = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY))
        judge_attendee(property, asked);
    if (came != expected)
        fault("there are %d ATTENDEEs, expected %d", came, expected);
}

/* The digits after "Conference ID: "; empty if there is no such line. */
static void find_conference_id(const char *body, char *id, size_t size)
{
    regex_t line;
    regmatch_t found[2];

    id[0] = '\0';
    if (regcomp(&line, "^Conference ID: ([0-9]+)$", REG_EXTENDED | REG_NEWLINE) != 0)
        abort();
    if (regexec(&line, body, 2, found, 0) == 0)
        snprintf(id, size, "%.*s", (int)(found[1].rm_eo - found[1].rm_so), body + found[1].rm_so);
    regfree(&line);
}

static const char *microsoft_telephone(icalcomponent *event)
{
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_X_PROPERTY);
    for (; property; property = icalcomponent_get_next_property(event, ICAL_X_PROPERTY))
        if (strcmp(icalproperty_get_x_name(property), "X-MICROSOFT-CONFERENCETELURI") == 0)
            return icalproperty_get_x(property);
    return NULL;
}

/* Whether the number of "tel:+14255550100,,1234" is in the body, whatever spaces there are. */
static int is_printed(const char *telephone, const char *body)
{
    const char *number = telephone + strlen("tel:");
    size_t length = strcspn(number, ",");

    for (const char *from = strchr(body, '+'); from; from = strchr(from + 1, '+')) {
        size_t same = 0;
        for (const char *c = from; same < length && (*c == number[same] || *c == ' '); c++)
            same += *c != ' ';
        if (same == length)
            return 1;
    }
    return 0;
}

static void judge_dial_in(icalcomponent *event, const char *body, int is_wanted)
{
    char id[32], ending[40];
    const char *first = NULL, *microsoft = microsoft_telephone(event);
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_CONFERENCE_PROPERTY);

    find_conference_id(body, id, sizeof id);
    snprintf(ending, sizeof ending, ",,%s", id);
    for (; property; property = icalcomponent_get_next_property(event, ICAL_CONFERENCE_PROPERTY)) {
        const char *uri = icalproperty_get_conference(property);
        const char *key = strchr(uri, ',');
        if (strncmp(uri, "tel:+", 5) != 0)
            continue;
        first = first ? first : uri;
        expect("end of CONFERENCE", key, ending);
        if (!is_printed(uri, body))
            fault("%s is not in DESCRIPTION", uri);
    }
    expect("X-MICROSOFT-CONFERENCETELURI", microsoft, first);
    if (is_wanted != (id[0] != '\0') || is_wanted != (first != NULL))
        fault("Conference ID is '%s', number is '%s'", id, first ? first : "");
}

static void judge_body(icalcomponent *event, json_object *wanted)
{
    const char *body = icalcomponent_get_description(event);
    const char *note = text(wanted, "note");

    body = body ? body : "";
    if (note && strncmp(body, note, strlen(note)) == 0)
        body += strlen(note);
    else if (note)
        fault("DESCRIPTION does not begin with the note");
    judge_dial_in(event, body, json_object_get_boolean(json_object_object_get(wanted, "dial_in")));
}

static void judge(icalcomponent *calendar, json_object *wanted)
{
    icalcomponent *event = calendar ? icalcomponent_get_first_real_component(calendar) : NULL;

    json_object *several = json_object_object_get(wanted, "events");
    int events = several ? json_object_get_int(several) : 1;

    if (!event || icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT) != events) {
        fault("expected %d events", events);
        return;
    }
    if (!icalrestriction_check(calendar))
        fault("the rules of RFC 5546 are broken");
    if (icalcomponent_count_errors(calendar) > 0)
        fault("it counts %d errors", icalcomponent_count_errors(calendar));
    judge_errors(calendar);
    const char *method = icalproperty_method_to_string(icalcomponent_get_method(calendar));
    expect("METHOD", method, text(wanted, "method"));
    expect("SUMMARY", icalcomponent_get_summary(event), text(wanted, "subject"));
    judge_time(event, ICAL_DTSTART_PROPERTY, wanted, "start");
    judge_time(event, ICAL_DTEND_PROPERTY, wanted, "end");
    /* Its rules know nothing of what was moved or dropped. */
    if (!several)
        judge_starts(event, json_object_object_get(wanted, "starts"));
    const char *status = icalproperty_status_to_string(icalcomponent_get_status(event));
    expect("STATUS", status, text(wanted, "status"));
    judge_people(event, json_object_object_get(wanted, "attendees"));
    judge_body(event, wanted);
}

static void judge_file(const char *directory, json_object *wanted)
{
    char path[4096];
    char *document = NULL;
    size_t size = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, text(wanted, "file"));
    file = fopen(path, "r");
    if (file && getdelim(&document, &size, '\0', file) > 0) {
        icalerror_clear_errno();
        icalcomponent *calendar = icalparser_parse_string(document);
        if (icalerrno != ICAL_NO_ERROR)
            fault("%s", icalerror_strerror(icalerrno));
        judge(calendar, wanted);
        if (calendar)
            icalcomponent_free(calendar);
    } else {
        fault("it is empty or can't be read");
    }
    if (file)
        fclose(file);
    free(document);
}

int main(int argc, char **argv)
{
    char path[4096];
    json_object *manifest;

    if (argc != 2)
        return 2;
    snprintf(path, sizeof path, "%s/manifest.json", argv[1]);
    manifest = json_object_from_file(path);
    for (size_t i = 0; manifest && i < json_object_array_length(manifest); i++) {
        json_object *wanted = json_object_array_get_idx(manifest, i);
        faults[0] = '\0';
        judge_file(argv[1], wanted);
        if (faults[0])
            printf("FAIL %s: %s\n", text(wanted, "file"), faults);
        else
            printf("ok %s\n", text(wanted, "file"));
    }
    return 0;
}
