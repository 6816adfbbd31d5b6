//! Commands about statistics.

use std::sync::Arc;

use control::{Access, Answer, Arguments, Entry};

use super::Served;
use crate::statistics::{Listing, Unknown};

pub(super) const STATISTIC_GET: Served = Entry {
    names: ["statistic-get"; 2],
    access: Access::Read,
    brief: "Returns one statistic with its samples.",
    run: |server, _, arguments| {
        let name = name(arguments)?;
        let samples = server.statistics().samples(name);
        Ok(Answer::of(|json| {
            json.map(|map| samples.iter().for_each(|samples| map.key(name).raw(samples)));
        }))
    },
};

pub(super) const STATISTIC_GET_ALL: Served = Entry {
    names: ["statistic-get-all"; 2],
    access: Access::Read,
    brief: "Returns all statistics with their samples.",
    run: |server, _, _| Ok(Answer::long(Listing::new(Arc::clone(server.delivery.statistics())))),
};

pub(super) const STATISTIC_REMOVE: Served = Entry {
    names: ["statistic-remove"; 2],
    access: Access::Write,
    brief: "Forgets one statistic.",
    run: |server, _, arguments| {
        let name = name(arguments)?;
        server.statistics().remove(Some(name)).map_err(unknown)?;
        Ok(Answer::success(format!("Statistic '{name}' removed.")))
    },
};

pub(super) const STATISTIC_REMOVE_ALL: Served = Entry {
    names: ["statistic-remove-all"; 2],
    access: Access::Write,
    brief: "Forgets all statistics.",
    run: |server, _, _| {
        server.statistics().remove(None).map_err(unknown)?;
        Ok(Answer::success("Warning: statistic-remove-all command is deprecated. All statistics removed."))
    },
};

pub(super) const STATISTIC_RESET: Served = Entry {
    names: ["statistic-reset"; 2],
    access: Access::Write,
    brief: "Sets one statistic back to zero.",
    run: |server, _, arguments| {
        let name = name(arguments)?;
        server.statistics().reset(Some(name)).map_err(unknown)?;
        Ok(Answer::success(format!("Statistic '{name}' reset.")))
    },
};

pub(super) const STATISTIC_RESET_ALL: Served = Entry {
    names: ["statistic-reset-all"; 2],
    access: Access::Write,
    brief: "Sets all statistics back to zero.",
    run: |server, _, _| {
        server.statistics().reset(None).map_err(unknown)?;
        Ok(Answer::success("All statistics reset to neutral values."))
    },
};

pub(super) const STATISTIC_SAMPLE_AGE_SET: Served = Entry {
    names: ["statistic-sample-age-set"; 2],
    access: Access::Write,
    brief: "Sets for how many seconds one statistic keeps its samples.",
    run: |server, _, arguments| {
        let name = name(arguments)?;
        server.statistics().limit_age(Some(name), number(arguments, "duration")?).map_err(unknown)?;
        Ok(Answer::success(format!("Statistic '{name}' duration limit is set.")))
    },
};

pub(super) const STATISTIC_SAMPLE_AGE_SET_ALL: Served = Entry {
    names: ["statistic-sample-age-set-all"; 2],
    access: Access::Write,
    brief: "Sets for how many seconds all statistics keep their samples.",
    run: |server, _, arguments| {
        server.statistics().limit_age(None, number(arguments, "duration")?).map_err(unknown)?;
        Ok(Answer::success("All statistics duration limit are set."))
    },
};

pub(super) const STATISTIC_SAMPLE_COUNT_SET: Served = Entry {
    names: ["statistic-sample-count-set"; 2],
    access: Access::Write,
    brief: "Sets how many samples one statistic keeps.",
    run: |server, _, arguments| {
        let name = name(arguments)?;
        server.statistics().limit_count(Some(name), number(arguments, "max-samples")?).map_err(unknown)?;
        Ok(Answer::success(format!("Statistic '{name}' count limit is set.")))
    },
};

pub(super) const STATISTIC_SAMPLE_COUNT_SET_ALL: Served = Entry {
    names: ["statistic-sample-count-set-all"; 2],
    access: Access::Write,
    brief: "Sets how many samples all statistics keep.",
    run: |server, _, arguments| {
        server.statistics().limit_count(None, number(arguments, "max-samples")?).map_err(unknown)?;
        Ok(Answer::success("All statistics count limit are set."))
    },
};

fn name(arguments: Arguments<'_>) -> Result<&str, Answer> {
    arguments.text("name")?.ok_or_else(|| missing("name"))
}

fn number<T: TryFrom<i128>>(arguments: Arguments<'_>, key: &str) -> Result<T, Answer> {
    arguments.integer(key)?.ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Answer {
    Answer::error(format!("Missing mandatory '{key}' parameter."))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn unknown(error: Unknown) -> Answer {
    Answer::error(error.to_string())
}
