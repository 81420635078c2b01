# The same under other control ids, outpatients, training, unknown classes: nothing is told twice, nothing is guessed.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A01 I V1 2026-11-02T11:00
> A01 I V1 2026-11-02T11:00 rec=2026-11-02T12:00
> A08 I V1 2026-11-02T13:00
> A04 O L1 2026-11-02T13:00
care M1 nothing: encounters.8 class without a stay
> A01 ff X1 2026-11-02T13:00
care M1 nothing: encounters.8 class unknown
> A01 I T1 2026-11-02T13:00 mode=T
care M1 nothing: encounters.8 not production
> A04 I V3 2026-11-02T13:00
> A31 N - 2026-11-02T13:00
care M1 nothing: encounters.8 event not handled
> A28 N - 2026-11-02T13:00
care M1 nothing: encounters.8 event not handled
