<?php
// What sabre/vobject reads in invitations: the counterpart of readers.py, the same lines come out.
//
//     php readers.php DIRECTORY

// It is of 2013, and PHP has since come to like other signatures.
error_reporting(E_ALL & ~E_DEPRECATED);
spl_autoload_register(function ($class) {
    $file = '/usr/share/php/' . str_replace('\\', '/', $class) . '.php';
    if (file_exists($file)) {
        require $file;
    }
});

const MOST_STARTS = 10;

function seconds($property)
{
    return $property->getDateTime()->getTimestamp();
}

function starts($calendar)
{
    $times = new Sabre\VObject\RecurrenceIterator($calendar, (string) $calendar->VEVENT->UID);
    $found = [];
    while ($times->valid() && count($found) < MOST_STARTS) {
        $found[] = $times->getDTStart()->getTimestamp();
        $times->next();
    }
    return $found;
}

function facts($document)
{
    $calendar = Sabre\VObject\Reader::read($document);
    foreach ($calendar->validate() as $fault) {
        throw new Exception($fault['message']);
    }
    $event = $calendar->VEVENT;
    $attendees = [];
    foreach ($event->ATTENDEE ?? [] as $who) {
        $attendees[] = preg_replace('/^mailto:/', '', strtolower($who->value));
    }
    sort($attendees);
    // It has no use for occurrences without their series.
    $starts = isset($event->{'RECURRENCE-ID'}) ? [] : ['starts' => starts($calendar)];
    return $starts + [
        'method' => (string) $calendar->METHOD,
        'events' => count($event),
        'uid' => (string) $event->UID,
        'subject' => (string) $event->SUMMARY,
        'status' => (string) $event->STATUS,
        'start' => seconds($event->DTSTART),
        'end' => seconds($event->DTEND),
        'attendees' => $attendees,
    ];
}

foreach (json_decode(file_get_contents("$argv[1]/manifest.json"), true) as $wanted) {
    $found = ['file' => $wanted['file']];
    try {
        $found['facts'] = facts(file_get_contents("$argv[1]/$wanted[file]"));
    } catch (Throwable $error) {
        $found['error'] = get_class($error) . ': ' . $error->getMessage();
    }
    echo json_encode($found), "\n";
}
