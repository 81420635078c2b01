# A cancel that overtook its discharge: the discharge is never told.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A13 I V1 2026-11-05T10:00 rec=2026-11-05T11:00
> A03 I V1 2026-11-05T10:00 dispo=01
