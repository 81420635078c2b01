# A13: the stay is open again, the follow-up clock must stop; PV1-45 on the A13 is the cancelled time.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T10:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A13 I V1 2026-11-05T10:00 rec=2026-11-05T11:00 end=2026-11-05T10:00
care M1 DISCHARGED e1 VOIDED.2 2026-11-05T10:00 GENERAL V1 by encounters.10
alert M1 DISCHARGED e1 RETRACTION.2 by notify.2
> A03 I V1 2026-11-06T09:00 dispo=03
care M1 DISCHARGED e1 CORRECTED.3 2026-11-06T09:00 GENERAL V1 disposition=03/SNF by encounters.6
alert M1 DISCHARGED e1 CORRECTION.3 ~time,disposition,asked by notify.2
