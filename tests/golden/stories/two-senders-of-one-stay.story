# The hospital and a network tell of one stay under numbers of their own: one admission.
> A01 I V1 2026-11-02T11:00 feed=general
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A01 I X-88 2026-11-02T11:20 feed=network
> A03 I X-88 2026-11-05T10:10 feed=network dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:10 GENERAL X-88 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A03 I V1 2026-11-05T10:00 feed=general dispo=01
care M1 DISCHARGED e1 CORRECTED.2 ~time 2026-11-05T10:00 GENERAL V1 disposition=01/HOME by encounters.6
alert M1 DISCHARGED e1 CORRECTION.2 ~time by notify.2
