
use builtin;
use str;

set edit:completion:arg-completer[confctl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'confctl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'confctl'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand schedule 'Schedule a conference and print its invitation'
            cand meet-now 'Start a conference this moment'
            cand list 'List meetings, and what the pool has of them'
            cand show 'Show the call-in details of a meeting'
            cand update 'Change a meeting: time, subject, people, conference'
            cand reschedule 'Change a meeting: time, subject, people, conference'
            cand cancel 'Cancel a meeting, or one of a series'
            cand invite 'Print the invitation of a meeting again'
            cand resume 'Finish what was left half done'
            cand settings 'Open, name or show settings'
            cand login 'Sign in to a pool and remember the account'
            cand pool 'Run a practice pool'
            cand completions 'Print a completion script'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;schedule'= {
            cand -s 'What it is about'
            cand --subject 'What it is about'
            cand -t 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand --start 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --duration 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --end 'When it ends, instead of --duration'
            cand --zone 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]'
            cand --from 'Take a meeting that was made elsewhere, an .ics file or ''-'', and add a conference to it'
            cand --repeat 'How often it comes again; weekdays are Monday to Friday'
            cand --every 'Only every so many days, weeks, months or years'
            cand --on 'On which days: mon,wed for weekly; ''first monday'', -1fri or 15 for monthly [default: that of --start]'
            cand --until 'The last day, "18 dec", or the last moment, "18 dec 10:00"; without it or --count there is no end'
            cand --count 'How many times in all'
            cand --rrule 'A rule of RFC 5545 instead, as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'
            cand -i 'People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"'
            cand --invite 'People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"'
            cand --optional 'People who may come'
            cand --presenter 'People who may present; invited if they are not yet'
            cand --note 'Your own words above the call-in details; ''-'' reads them from stdin'
            cand --id 'assigned: the Conference ID that is always yours; new: one for this meeting alone'
            cand --access 'open: everybody in the organisation; closed: the invited; anonymous: everybody with the details'
            cand --passcode 'auto: random digits where they are needed; none; or digits of your own'
            cand --region 'Dial-in region whose numbers come first [default: yours]'
            cand --promote 'Who else becomes a presenter on joining (Lync and later)'
            cand --lobby-bypass 'Whether phone callers skip the lobby (Lync and later) [default: yes]'
            cand --on-behalf-of 'Schedule for somebody whose delegate you are'
            cand --key 'A name for this request: however often it runs, there is one conference'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --no-dial-in 'Nobody may join by phone'
            cand --dry-run 'Ask the pool what is possible and print the plan, but make nothing'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;meet-now'= {
            cand -s 'What it is about [default: Meet now]'
            cand --subject 'What it is about [default: Meet now]'
            cand -i 'People to be invited'
            cand --invite 'People to be invited'
            cand --id 'assigned: the Conference ID that is always yours; new: one for this meeting alone'
            cand --passcode 'auto: random digits where they are needed; none; or digits of your own'
            cand --key 'A name for this request: however often it runs, there is one conference'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --open 'Join it at once, with the program or browser that opens its link'
            cand --no-dial-in 'Nobody may join by phone'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;list'= {
            cand --from 'From when on: "monday 0:00", 2026-12-01 [default: now]'
            cand --until 'Until when'
            cand -n 'At most so many'
            cand --limit 'At most so many'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --all 'Past and cancelled ones too, and what never expires'
            cand --offline 'Don''t ask the pool'
            cand --json 'For programs: a JSON array'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;show'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --offline 'Don''t ask the pool'
            cand --json 'For programs'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;update'= {
            cand -s 'New subject'
            cand --subject 'New subject'
            cand -t 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand --start 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --duration 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --end 'When it ends, instead of --duration'
            cand --zone 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]'
            cand --occurrence 'One meeting of a series, by its day or its start; without it: all of them'
            cand --rrule 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO'
            cand -i 'Invite more people who are needed'
            cand --invite 'Invite more people who are needed'
            cand --optional 'Invite more people who may come'
            cand --presenter 'People who may present; invited if they are not yet'
            cand --remove 'People who need not come any more'
            cand --id 'assigned: the Conference ID that is always yours; new: one for this meeting alone'
            cand --access 'open, closed, anonymous or (Lync and later) locked'
            cand --passcode 'auto: new random digits; none; or digits of your own'
            cand --region 'Dial-in region whose numbers come first'
            cand --promote 'Who else becomes a presenter on joining (Lync and later)'
            cand --lobby-bypass 'Whether phone callers skip the lobby (Lync and later)'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --dial-in 'Let people join by phone'
            cand --no-dial-in 'Nobody may join by phone'
            cand --new-block 'Add a new call-in block where the fences of the old one are damaged'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;reschedule'= {
            cand -s 'New subject'
            cand --subject 'New subject'
            cand -t 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand --start 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339'
            cand -d 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --duration 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]'
            cand --end 'When it ends, instead of --duration'
            cand --zone 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]'
            cand --occurrence 'One meeting of a series, by its day or its start; without it: all of them'
            cand --rrule 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO'
            cand -i 'Invite more people who are needed'
            cand --invite 'Invite more people who are needed'
            cand --optional 'Invite more people who may come'
            cand --presenter 'People who may present; invited if they are not yet'
            cand --remove 'People who need not come any more'
            cand --id 'assigned: the Conference ID that is always yours; new: one for this meeting alone'
            cand --access 'open, closed, anonymous or (Lync and later) locked'
            cand --passcode 'auto: new random digits; none; or digits of your own'
            cand --region 'Dial-in region whose numbers come first'
            cand --promote 'Who else becomes a presenter on joining (Lync and later)'
            cand --lobby-bypass 'Whether phone callers skip the lobby (Lync and later)'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --dial-in 'Let people join by phone'
            cand --no-dial-in 'Nobody may join by phone'
            cand --new-block 'Add a new call-in block where the fences of the old one are damaged'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;cancel'= {
            cand --occurrence 'One meeting of a series, by its day or its start; without it: all of them'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -y 'Don''t ask'
            cand --yes 'Don''t ask'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;invite'= {
            cand --occurrence 'One meeting of a series, by its day or its start'
            cand --cancel-for 'Print what takes the meeting out of the calendars of these people'
            cand -f 'What to print: ics for calendars, text for people, json for programs'
            cand --format 'What to print: ics for calendars, text for people, json for programs'
            cand -o 'Write to a file instead of stdout; ''-'' is stdout'
            cand --output 'Write to a file instead of stdout; ''-'' is stdout'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;resume'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --list 'Only list what is unfinished'
            cand --forget 'Drop it instead; what the pool has by now stays there'
            cand --json 'For programs: a JSON array'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;settings'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand open 'Open the Dial-In Conferencing Settings page in the browser'
            cand url 'Print the address of the Dial-In Conferencing Settings page'
            cand show 'Show the settings in force'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;settings;open'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;settings;url'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;settings;show'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;settings;help'= {
            cand open 'Open the Dial-In Conferencing Settings page in the browser'
            cand url 'Print the address of the Dial-In Conferencing Settings page'
            cand show 'Show the settings in force'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;settings;help;open'= {
        }
        &'confctl;settings;help;url'= {
        }
        &'confctl;settings;help;show'= {
        }
        &'confctl;settings;help;help'= {
        }
        &'confctl;login'= {
            cand --user 'SIP address, as sip:ana@example.com'
            cand --login 'Windows account, as EXAMPLE\ana [default: the SIP address]'
            cand --server 'Pool, as tls:pool.example.com:5061'
            cand --ca-file 'Authorities to trust besides the system''s, as a PEM file'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand --legacy-tls 'Allow TLS 1.0, as Office Communications Server 2007 R2 and Lync 2010 need'
            cand --password-stdin 'Read the password from stdin instead of asking'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;pool'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand serve 'Serve a practice pool until Ctrl-C or SIGTERM'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;pool;serve'= {
            cand --listen 'Where to listen: tcp:HOST:PORT or tls:HOST:PORT, port 0 for any free one; may be repeated'
            cand --http 'Where to serve the dial-in page over HTTPS: HOST:PORT, once for the external address, once more for the internal one'
            cand --users 'Users, one a line: SIP address, DOMAIN\login, password'
            cand --data 'Folder for conferences and certificates [default: one of its own below ~/.local/share/confctl]'
            cand --dialect 'Product generation: ocs2007, ocs2007r2 or lync'
            cand --policy 'What users may do: dial-in=off, anonymous=off, passcode=optional, passcode-digits=N, quota=N, meeting-size=N, expiry-years=N, blob-bytes=N'
            cand --delegate 'Who may make conferences for whom, as sip:boss@example.com=sip:ana@example.com; may be repeated'
            cand --fault 'What to do wrong: NAME[=VALUE][@POINT], as refuse=503@addConference, drop@3, delay=500; a wrong one lists all'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;pool;help'= {
            cand serve 'Serve a practice pool until Ctrl-C or SIGTERM'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;pool;help;serve'= {
        }
        &'confctl;pool;help;help'= {
        }
        &'confctl;completions'= {
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;man'= {
            cand --dir 'Write confctl.1, confctl-schedule.1 and so on to this folder'
            cand --config 'Settings file instead of ~/.config/confctl/config.toml'
            cand --color 'Colour: auto, always or never'
            cand -q 'Say less: once, errors only; twice, nothing'
            cand --quiet 'Say less: once, errors only; twice, nothing'
            cand -v 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --verbose 'Say more: once, each step; twice, every message on the wire, with secrets masked'
            cand --no-input 'Never ask; name what is missing instead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'confctl;help'= {
            cand schedule 'Schedule a conference and print its invitation'
            cand meet-now 'Start a conference this moment'
            cand list 'List meetings, and what the pool has of them'
            cand show 'Show the call-in details of a meeting'
            cand update 'Change a meeting: time, subject, people, conference'
            cand cancel 'Cancel a meeting, or one of a series'
            cand invite 'Print the invitation of a meeting again'
            cand resume 'Finish what was left half done'
            cand settings 'Open, name or show settings'
            cand login 'Sign in to a pool and remember the account'
            cand pool 'Run a practice pool'
            cand completions 'Print a completion script'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'confctl;help;schedule'= {
        }
        &'confctl;help;meet-now'= {
        }
        &'confctl;help;list'= {
        }
        &'confctl;help;show'= {
        }
        &'confctl;help;update'= {
        }
        &'confctl;help;cancel'= {
        }
        &'confctl;help;invite'= {
        }
        &'confctl;help;resume'= {
        }
        &'confctl;help;settings'= {
            cand open 'Open the Dial-In Conferencing Settings page in the browser'
            cand url 'Print the address of the Dial-In Conferencing Settings page'
            cand show 'Show the settings in force'
        }
        &'confctl;help;settings;open'= {
        }
        &'confctl;help;settings;url'= {
        }
        &'confctl;help;settings;show'= {
        }
        &'confctl;help;login'= {
        }
        &'confctl;help;pool'= {
            cand serve 'Serve a practice pool until Ctrl-C or SIGTERM'
        }
        &'confctl;help;pool;serve'= {
        }
        &'confctl;help;completions'= {
        }
        &'confctl;help;man'= {
        }
        &'confctl;help;help'= {
        }
    ]
    $completions[$command]
}
