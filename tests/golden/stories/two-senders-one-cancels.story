# The hospital cancels; the network's word of before does not keep the stay.
> A01 I V1 2026-11-02T11:00 feed=general
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A01 I X-88 2026-11-02T11:20 feed=network
> A11 I V1 2026-11-02T11:00 rec=2026-11-02T15:00 feed=general
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.10
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
