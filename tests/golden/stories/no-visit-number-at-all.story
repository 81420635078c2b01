# A feed without visit numbers: stays stand by time; empty numbers never match each other.
> A01 I - 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL  by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I - 2026-11-05T10:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL  disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A01 I - 2026-11-20T11:00
care M1 ADMITTED e2 NEW.1 2026-11-20T11:00 GENERAL  by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> A03 I - 2026-11-22T11:00 dispo=01
care M1 DISCHARGED e2 NEW.1 2026-11-22T11:00 GENERAL  disposition=01/HOME by encounters.4
alert M1 DISCHARGED e2 ALERT.1 by notify.2
