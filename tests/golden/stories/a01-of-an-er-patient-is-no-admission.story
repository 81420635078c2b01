# Some sites send A01 for an ER patient: the class decides, not the event.
> A01 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E V1 2026-11-02T12:00 dispo=01
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T12:00 GENERAL V1 disposition=01/HOME by encounters.4
