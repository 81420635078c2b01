# A03 to a short-term hospital and an A01 there next day: two encounters, linked, not merged.
> A01 I V1 2026-08-01T11:00 fac=GENERAL
care M1 ADMITTED e1 NEW.1 2026-08-01T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-08-05T21:00 fac=GENERAL dispo=02
care M1 DISCHARGED e1 NEW.1 2026-08-05T21:00 GENERAL V1 disposition=02/ACUTE by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A01 I C9 2026-08-06T01:00 fac=COUNTY feed=county
care M1 ADMITTED e2 NEW.1 2026-08-06T01:00 COUNTY C9 after=e1 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> A03 I C9 2026-08-12T10:00 fac=COUNTY feed=county dispo=01
care M1 DISCHARGED e2 NEW.1 2026-08-12T10:00 COUNTY C9 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e2 ALERT.1 by notify.2
