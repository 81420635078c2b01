# Where account and visit have one number, a merge of accounts (A41) must not touch the visit of that number.
> A01 I 500 2026-11-02T11:00 acct=500
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL 500 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261103110000||ADT^A41|X2|P|2.5.1 \ EVN|A41|20261103110000 \ PID|1||77^^^G^MR|||||||||||||||900 \ MRG|77^^^G^MR||500
care M1 nothing: encounters.8 event not handled
> A03 I 500 2026-11-05T10:00 acct=900 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL 500 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> risk
risk M1 20261105 MODERATE lace=3(3,0,0,0) er=0 admissions=1 gaps=admission_type by risk.t9
