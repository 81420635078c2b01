# Nobody ends the ER visit: closed by its timer as presumed; the departure that comes later corrects it.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> timer
care M1 ER_DEPARTED e1 NEW.1 GENERAL V1 presumed by encounters.24
> A03 E V1 2026-11-02T19:00 rec=2026-11-09T07:00 dispo=01
care M1 ER_DEPARTED e1 CORRECTED.2 ~time,class,outcome 2026-11-02T19:00 GENERAL V1 disposition=01/HOME by encounters.6
