# An admission three days after an ER visit is not that visit.
> A04 E E1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-11-02T12:00 dispo=01
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T12:00 GENERAL E1 disposition=01/HOME by encounters.4
> A01 I V2 2026-11-05T12:30
care M1 ADMITTED e2 NEW.1 2026-11-05T12:30 GENERAL V2 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
