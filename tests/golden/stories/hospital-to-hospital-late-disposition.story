# The disposition comes by A08 after the next hospital's admission: then the link is known.
> A01 I V1 2026-08-01T11:00 fac=GENERAL
care M1 ADMITTED e1 NEW.1 2026-08-01T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-08-05T21:00 fac=GENERAL
care M1 DISCHARGED e1 NEW.1 2026-08-05T21:00 GENERAL V1 by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A01 I C9 2026-08-06T01:00 fac=COUNTY feed=county
care M1 ADMITTED e2 NEW.1 2026-08-06T01:00 COUNTY C9 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> A08 I V1 2026-08-05T21:00 rec=2026-08-07T09:00 fac=GENERAL dispo=66
care M1 ADMITTED e2 CORRECTED.2 ~links 2026-08-06T01:00 COUNTY C9 after=e1 by encounters.6
care M1 DISCHARGED e1 CORRECTED.2 ~outcome 2026-08-05T21:00 GENERAL V1 disposition=66/ACUTE by encounters.6
alert M1 DISCHARGED e1 CORRECTION.2 ~disposition,asked by notify.2
