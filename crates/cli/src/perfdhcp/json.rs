//! The report as JSON.

use serde_json::{Map, Value, json};

use super::histogram::Histogram;
use super::kind::Kind;
use super::report::{PERCENTILES, Report};

/// Everything a report tells, as one object.
pub fn object(report: &Report<'_>) -> Value {
    let exchanges: Map<String, Value> = report
        .kinds()
        .into_iter()
        .map(|kind| (kind.name(report.plan.setup.family).to_owned(), exchange(report, kind)))
        .collect();
    json!({
        "family": report.plan.setup.family.digit().to_string(),
        "seconds": report.elapsed.as_secs_f64(),
        "clients": report.plan.clients,
        "rate-expected": report.arguments.rate,
        "rate": report.rate(),
        "completed": report.statistics.completed,
        "malformed": report.statistics.malformed,
        "answers-without-room": report.statistics.overflows,
        "not-begun-in-time": report.statistics.skipped,
        "longest-silence-ms": report.silence(),
        "complete": report.is_complete(),
        "exchanges": exchanges,
    })
}

fn exchange(report: &Report<'_>, kind: Kind) -> Value {
    let counts = report.statistics.of(kind);
    let answered = kind.is_answered(report.plan.setup.family);
    json!({
        "sent": counts.sent,
        "received": counts.received,
        "drops": if answered { counts.drops() } else { 0 },
        "timed-out": counts.expired,
        "orphans": counts.orphans,
        "rejected": counts.rejected,
        "not-unique": counts.not_unique,
        "not-sent": counts.unsent,
        "resent": counts.resent,
        "wrong-type": counts.wrong_type,
        "wrong-client": counts.wrong_client,
        "wrong-server": counts.wrong_server,
        "delay-ms": delays(&counts.delays),
    })
}

fn delays(histogram: &Histogram) -> Value {
    let mut map = Map::new();
    for (name, value) in [
        ("min", histogram.least()),
        ("average", histogram.average()),
        ("max", histogram.most()),
        ("deviation", histogram.deviation()),
    ] {
        map.insert(name.to_owned(), json!(value));
    }
    for (name, share) in PERCENTILES {
        map.insert(format!("p{name}"), json!(histogram.percentile(share)));
    }
    Value::Object(map)
}
