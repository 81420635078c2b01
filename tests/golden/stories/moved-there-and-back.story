# Moved and moved back: the latest word wins, and nothing runs in a circle.
> A01 I V1 2026-11-02T11:00 mrn=8
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A40 O - 2026-11-03T11:00 mrn=8 move=M2
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 moved-to=M2 by encounters.25
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
care M2 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 moved-from=M1 by encounters.1
alert M2 ADMITTED e1 ALERT.1 by notify.1
> A40 O - 2026-11-04T11:00 mrn=8 member=M2 move=M1
care M2 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 moved-to=M1 by encounters.25
alert M2 ADMITTED e1 RETRACTION.2 by notify.1
care M1 ADMITTED e1 CORRECTED.3 2026-11-02T11:00 GENERAL V1 moved-from=M2 by encounters.6
alert M1 ADMITTED e1 CORRECTION.3 by notify.1
> A03 I V1 2026-11-05T11:00 mrn=8 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T11:00 GENERAL V1 disposition=01/HOME moved-from=M2 by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
