# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_confctl_global_optspecs
    string join \n config= q/quiet v/verbose color= no-input h/help V/version
end

function __fish_confctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_confctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_confctl_using_subcommand
    set -l cmd (__fish_confctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c confctl -n "__fish_confctl_needs_command" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_needs_command" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_needs_command" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_needs_command" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_needs_command" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_needs_command" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "schedule" -d 'Schedule a conference and print its invitation'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "meet-now" -d 'Start a conference this moment'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "list" -d 'List meetings, and what the pool has of them'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "show" -d 'Show the call-in details of a meeting'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "update" -d 'Change a meeting: time, subject, people, conference'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "reschedule" -d 'Change a meeting: time, subject, people, conference'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "cancel" -d 'Cancel a meeting, or one of a series'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "invite" -d 'Print the invitation of a meeting again'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "resume" -d 'Finish what was left half done'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "settings" -d 'Open, name or show settings'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "login" -d 'Sign in to a pool and remember the account'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "pool" -d 'Run a practice pool'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "man" -d 'Print the manual page'
complete -c confctl -n "__fish_confctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s s -l subject -d 'What it is about' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s t -l start -d 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s d -l duration -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l end -d 'When it ends, instead of --duration' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l zone -d 'Time zone of --start and --end, as Europe/Prague [default: this computer\'s]' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l from -d 'Take a meeting that was made elsewhere, an .ics file or \'-\', and add a conference to it' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l repeat -d 'How often it comes again; weekdays are Monday to Friday' -r -f -a "daily\t'Every day'
weekdays\t'Monday to Friday'
weekly\t'Every week'
monthly\t'Every month'
yearly\t'Every year'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l every -d 'Only every so many days, weeks, months or years' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l on -d 'On which days: mon,wed for weekly; \'first monday\', -1fri or 15 for monthly [default: that of --start]' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l until -d 'The last day, "18 dec", or the last moment, "18 dec 10:00"; without it or --count there is no end' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l count -d 'How many times in all' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l rrule -d 'A rule of RFC 5545 instead, as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s i -l invite -d 'People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l optional -d 'People who may come' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l presenter -d 'People who may present; invited if they are not yet' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l note -d 'Your own words above the call-in details; \'-\' reads them from stdin' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l id -d 'assigned: the Conference ID that is always yours; new: one for this meeting alone' -r -f -a "assigned\t'Your assigned conference ID, the same for every call'
new\t'A new conference ID, for this meeting alone'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l access -d 'open: everybody in the organisation; closed: the invited; anonymous: everybody with the details' -r -f -a "open\t'Everybody with an account in the organisation, and invited federated people'
closed\t'Only those invited'
anonymous\t'Everybody with the details; needed by phone callers'
locked\t'Only the organizer and presenters; everybody else waits in the lobby. Lync and later'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l passcode -d 'auto: random digits where they are needed; none; or digits of your own' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l region -d 'Dial-in region whose numbers come first [default: yours]' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l promote -d 'Who else becomes a presenter on joining (Lync and later)' -r -f -a "nobody\t'Nobody but those named'
company\t'Everybody with an account in the organisation'
everyone\t'Everybody'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l lobby-bypass -d 'Whether phone callers skip the lobby (Lync and later) [default: yes]' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l on-behalf-of -d 'Schedule for somebody whose delegate you are' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l key -d 'A name for this request: however often it runs, there is one conference' -r
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l no-dial-in -d 'Nobody may join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l dry-run -d 'Ask the pool what is possible and print the plan, but make nothing'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand schedule" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s s -l subject -d 'What it is about [default: Meet now]' -r
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s i -l invite -d 'People to be invited' -r
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l id -d 'assigned: the Conference ID that is always yours; new: one for this meeting alone' -r -f -a "assigned\t'Your assigned conference ID, the same for every call'
new\t'A new conference ID, for this meeting alone'"
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l passcode -d 'auto: random digits where they are needed; none; or digits of your own' -r
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l key -d 'A name for this request: however often it runs, there is one conference' -r
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l open -d 'Join it at once, with the program or browser that opens its link'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l no-dial-in -d 'Nobody may join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand meet-now" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand list" -l from -d 'From when on: "monday 0:00", 2026-12-01 [default: now]' -r
complete -c confctl -n "__fish_confctl_using_subcommand list" -l until -d 'Until when' -r
complete -c confctl -n "__fish_confctl_using_subcommand list" -s n -l limit -d 'At most so many' -r
complete -c confctl -n "__fish_confctl_using_subcommand list" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand list" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand list" -l all -d 'Past and cancelled ones too, and what never expires'
complete -c confctl -n "__fish_confctl_using_subcommand list" -l offline -d 'Don\'t ask the pool'
complete -c confctl -n "__fish_confctl_using_subcommand list" -l json -d 'For programs: a JSON array'
complete -c confctl -n "__fish_confctl_using_subcommand list" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand list" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand list" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand list" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand show" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand show" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand show" -l offline -d 'Don\'t ask the pool'
complete -c confctl -n "__fish_confctl_using_subcommand show" -l json -d 'For programs'
complete -c confctl -n "__fish_confctl_using_subcommand show" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand show" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand show" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand show" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand update" -s s -l subject -d 'New subject' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -s t -l start -d 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -s d -l duration -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l end -d 'When it ends, instead of --duration' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l zone -d 'Time zone of --start and --end, as Europe/Prague [default: this computer\'s]' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l occurrence -d 'One meeting of a series, by its day or its start; without it: all of them' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l rrule -d 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -s i -l invite -d 'Invite more people who are needed' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l optional -d 'Invite more people who may come' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l presenter -d 'People who may present; invited if they are not yet' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l remove -d 'People who need not come any more' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l id -d 'assigned: the Conference ID that is always yours; new: one for this meeting alone' -r -f -a "assigned\t'Your assigned conference ID, the same for every call'
new\t'A new conference ID, for this meeting alone'"
complete -c confctl -n "__fish_confctl_using_subcommand update" -l access -d 'open, closed, anonymous or (Lync and later) locked' -r -f -a "open\t'Everybody with an account in the organisation, and invited federated people'
closed\t'Only those invited'
anonymous\t'Everybody with the details; needed by phone callers'
locked\t'Only the organizer and presenters; everybody else waits in the lobby. Lync and later'"
complete -c confctl -n "__fish_confctl_using_subcommand update" -l passcode -d 'auto: new random digits; none; or digits of your own' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l region -d 'Dial-in region whose numbers come first' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -l promote -d 'Who else becomes a presenter on joining (Lync and later)' -r -f -a "nobody\t'Nobody but those named'
company\t'Everybody with an account in the organisation'
everyone\t'Everybody'"
complete -c confctl -n "__fish_confctl_using_subcommand update" -l lobby-bypass -d 'Whether phone callers skip the lobby (Lync and later)' -r
complete -c confctl -n "__fish_confctl_using_subcommand update" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand update" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand update" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand update" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand update" -l dial-in -d 'Let people join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand update" -l no-dial-in -d 'Nobody may join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand update" -l new-block -d 'Add a new call-in block where the fences of the old one are damaged'
complete -c confctl -n "__fish_confctl_using_subcommand update" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand update" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand update" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand update" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s s -l subject -d 'New subject' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s t -l start -d 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s d -l duration -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l end -d 'When it ends, instead of --duration' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l zone -d 'Time zone of --start and --end, as Europe/Prague [default: this computer\'s]' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l occurrence -d 'One meeting of a series, by its day or its start; without it: all of them' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l rrule -d 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s i -l invite -d 'Invite more people who are needed' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l optional -d 'Invite more people who may come' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l presenter -d 'People who may present; invited if they are not yet' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l remove -d 'People who need not come any more' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l id -d 'assigned: the Conference ID that is always yours; new: one for this meeting alone' -r -f -a "assigned\t'Your assigned conference ID, the same for every call'
new\t'A new conference ID, for this meeting alone'"
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l access -d 'open, closed, anonymous or (Lync and later) locked' -r -f -a "open\t'Everybody with an account in the organisation, and invited federated people'
closed\t'Only those invited'
anonymous\t'Everybody with the details; needed by phone callers'
locked\t'Only the organizer and presenters; everybody else waits in the lobby. Lync and later'"
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l passcode -d 'auto: new random digits; none; or digits of your own' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l region -d 'Dial-in region whose numbers come first' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l promote -d 'Who else becomes a presenter on joining (Lync and later)' -r -f -a "nobody\t'Nobody but those named'
company\t'Everybody with an account in the organisation'
everyone\t'Everybody'"
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l lobby-bypass -d 'Whether phone callers skip the lobby (Lync and later)' -r
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l dial-in -d 'Let people join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l no-dial-in -d 'Nobody may join by phone'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l new-block -d 'Add a new call-in block where the fences of the old one are damaged'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand reschedule" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -l occurrence -d 'One meeting of a series, by its day or its start; without it: all of them' -r
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s y -l yes -d 'Don\'t ask'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand cancel" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand invite" -l occurrence -d 'One meeting of a series, by its day or its start' -r
complete -c confctl -n "__fish_confctl_using_subcommand invite" -l cancel-for -d 'Print what takes the meeting out of the calendars of these people' -r
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s f -l format -d 'What to print: ics for calendars, text for people, json for programs' -r -f -a "ics\t'iCalendar, for every calendar and mail program'
text\t'A card for people'
json\t'All facts, for programs'"
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s o -l output -d 'Write to a file instead of stdout; \'-\' is stdout' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand invite" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand invite" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand invite" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand invite" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l list -d 'Only list what is unfinished'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l forget -d 'Drop it instead; what the pool has by now stays there'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l json -d 'For programs: a JSON array'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand resume" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -f -a "open" -d 'Open the Dial-In Conferencing Settings page in the browser'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -f -a "url" -d 'Print the address of the Dial-In Conferencing Settings page'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -f -a "show" -d 'Show the settings in force'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and not __fish_seen_subcommand_from open url show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from open" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from url" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from help" -f -a "open" -d 'Open the Dial-In Conferencing Settings page in the browser'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from help" -f -a "url" -d 'Print the address of the Dial-In Conferencing Settings page'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the settings in force'
complete -c confctl -n "__fish_confctl_using_subcommand settings; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand login" -l user -d 'SIP address, as sip:ana@example.com' -r
complete -c confctl -n "__fish_confctl_using_subcommand login" -l login -d 'Windows account, as EXAMPLE\\ana [default: the SIP address]' -r
complete -c confctl -n "__fish_confctl_using_subcommand login" -l server -d 'Pool, as tls:pool.example.com:5061' -r
complete -c confctl -n "__fish_confctl_using_subcommand login" -l ca-file -d 'Authorities to trust besides the system\'s, as a PEM file' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand login" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand login" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand login" -l legacy-tls -d 'Allow TLS 1.0, as Office Communications Server 2007 R2 and Lync 2010 need'
complete -c confctl -n "__fish_confctl_using_subcommand login" -l password-stdin -d 'Read the password from stdin instead of asking'
complete -c confctl -n "__fish_confctl_using_subcommand login" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand login" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand login" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand login" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -s h -l help -d 'Print help'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -f -a "serve" -d 'Serve a practice pool until Ctrl-C or SIGTERM'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and not __fish_seen_subcommand_from serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l listen -d 'Where to listen: tcp:HOST:PORT or tls:HOST:PORT, port 0 for any free one; may be repeated' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l http -d 'Where to serve the dial-in page over HTTPS: HOST:PORT, once for the external address, once more for the internal one' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l users -d 'Users, one a line: SIP address, DOMAIN\\login, password' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l data -d 'Folder for conferences and certificates [default: one of its own below ~/.local/share/confctl]' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l dialect -d 'Product generation: ocs2007, ocs2007r2 or lync' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l policy -d 'What users may do: dial-in=off, anonymous=off, passcode=optional, passcode-digits=N, quota=N, meeting-size=N, expiry-years=N, blob-bytes=N' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l delegate -d 'Who may make conferences for whom, as sip:boss@example.com=sip:ana@example.com; may be repeated' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l fault -d 'What to do wrong: NAME[=VALUE][@POINT], as refuse=503@addConference, drop@3, delay=500; a wrong one lists all' -r
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from serve" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Serve a practice pool until Ctrl-C or SIGTERM'
complete -c confctl -n "__fish_confctl_using_subcommand pool; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand completions" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand completions" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand completions" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand completions" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand completions" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand completions" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand man" -l dir -d 'Write confctl.1, confctl-schedule.1 and so on to this folder' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand man" -l config -d 'Settings file instead of ~/.config/confctl/config.toml' -r -F
complete -c confctl -n "__fish_confctl_using_subcommand man" -l color -d 'Colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c confctl -n "__fish_confctl_using_subcommand man" -s q -l quiet -d 'Say less: once, errors only; twice, nothing'
complete -c confctl -n "__fish_confctl_using_subcommand man" -s v -l verbose -d 'Say more: once, each step; twice, every message on the wire, with secrets masked'
complete -c confctl -n "__fish_confctl_using_subcommand man" -l no-input -d 'Never ask; name what is missing instead'
complete -c confctl -n "__fish_confctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c confctl -n "__fish_confctl_using_subcommand man" -s V -l version -d 'Print version'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "schedule" -d 'Schedule a conference and print its invitation'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "meet-now" -d 'Start a conference this moment'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "list" -d 'List meetings, and what the pool has of them'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "show" -d 'Show the call-in details of a meeting'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "update" -d 'Change a meeting: time, subject, people, conference'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "cancel" -d 'Cancel a meeting, or one of a series'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "invite" -d 'Print the invitation of a meeting again'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "resume" -d 'Finish what was left half done'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "settings" -d 'Open, name or show settings'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "login" -d 'Sign in to a pool and remember the account'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "pool" -d 'Run a practice pool'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "completions" -d 'Print a completion script'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "man" -d 'Print the manual page'
complete -c confctl -n "__fish_confctl_using_subcommand help; and not __fish_seen_subcommand_from schedule meet-now list show update cancel invite resume settings login pool completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c confctl -n "__fish_confctl_using_subcommand help; and __fish_seen_subcommand_from settings" -f -a "open" -d 'Open the Dial-In Conferencing Settings page in the browser'
complete -c confctl -n "__fish_confctl_using_subcommand help; and __fish_seen_subcommand_from settings" -f -a "url" -d 'Print the address of the Dial-In Conferencing Settings page'
complete -c confctl -n "__fish_confctl_using_subcommand help; and __fish_seen_subcommand_from settings" -f -a "show" -d 'Show the settings in force'
complete -c confctl -n "__fish_confctl_using_subcommand help; and __fish_seen_subcommand_from pool" -f -a "serve" -d 'Serve a practice pool until Ctrl-C or SIGTERM'
