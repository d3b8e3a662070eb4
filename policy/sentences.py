"""The engine's acts, told in plain words."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "pack-adopted": "{by} had the district follow {pack} from {since}.",
        "pack-let-go": "{by} had the district no longer follow {pack} from {until}.",
        "pack-end-asked": "{by} asked that the district stop following {pack} from {until}.",
        "pack-kept": "{by} had the district go on following {pack}.",
        "parameter-set": "{by} set “{name}” of {pack} to {after} (before: {before}).",
        "edition-made": "{by} made the district's own edition {number} of {pack}, Board date {board_date}.",
        "edition-asked": "{by} asked for edition {number} of {pack}, with more time; a second must agree.",
        "edition-declined": "{by} did not agree to edition {number} of {pack}.",
        "edition-replaced": "{by} made edition {replaced_by} of {pack} in place of {number}, which waited.",
        "holidays-asked": "{by} asked for further legal holidays of {year}; a second person must agree.",
        "holidays-declined": "{by} did not agree to further legal holidays of {year}.",
        "holidays-confirmed": "{by} confirmed the legal holidays of {year}.",
        "obligation-raised": "A duty arose: {rule}.",
        "obligation-settled": "{by} settled the duty {rule}; it was done at {done_at}.",
        "obligation-cancelled": "{by} cancelled the duty {rule}.",
        "deadline-missed": "The limit of {rule} ({pack}) passed and the duty was not done.",
        "deadline-recounted": "The limit of {rule} ({pack}) was counted again: {after} (before: {before}).",
        "start-moved": "{by} moved the start of a clock to {after} (before: {before}).",
        "clock-paused": "{by} paused the clock of {rule}.",
        "clock-resumed": "{by} let the clock of {rule} run again; it now ends at {due_at}.",
        "done-claimed": "{by} recorded that {rule} was done; a second person must confirm it.",
        "change-asked": "{by} asked a second person to agree to a change ({kind}).",
        "change-agreed": "{by} agreed, as the second person, to a change ({kind}).",
        "change-declined": "{by} did not agree to a change ({kind}).",
        "case-passed-on": "Everybody named on this case had left: others were named in their place.",
        "person-let-in": "{by} let one more person see this case.",
        "alert-acknowledged": "{by} answered the alarm “{step}”.",
        "alert-escalated": "Nobody answered the alarm “{step}”: the superintendent was told.",
    }
)
