# What ruby-icalendar reads in invitations: the counterpart of readers.py, the same lines come out.
#
#     ruby -rstringio readers.rb DIRECTORY

require "icalendar"
require "json"

def facts(document)
  calendars = Icalendar::Calendar.parse(document)
  raise "it has #{calendars.size} calendars" if calendars.size != 1

  event = calendars[0].events[0]
  {
    method: calendars[0].ip_method.to_s,
    events: calendars[0].events.size,
    uid: event.uid.to_s,
    subject: event.summary.to_s,
    status: event.status.to_s,
    start: event.dtstart.to_time.to_i,
    end: event.dtend.to_time.to_i,
    attendees: event.attendee.map { |who| who.to.downcase }.sort,
  }
end

JSON.parse(File.read("#{ARGV[0]}/manifest.json", encoding: "UTF-8")).each do |wanted|
  found = { file: wanted["file"] }
  begin
    found[:facts] = facts(File.binread("#{ARGV[0]}/#{wanted["file"]}").force_encoding("UTF-8"))
  rescue StandardError => e
    found[:error] = "#{e.class}: #{e.message}"
  end
  puts JSON.generate(found)
end
