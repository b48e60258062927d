//! What somebody may have meant.

/// The name that is so similar to a word that it may have been meant.
pub(crate) fn closest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&word, &name.to_lowercase());
    let names = names.into_iter().map(|name| (likeness(name), name));
    let best = names.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_close() {
        for (word, expected) in [
            ("gret", Some("greet")),
            ("GREET", Some("greet")),
            ("tidyup", Some("tidy_up")),
            ("order", None),
        ] {
            assert_eq!(closest(word, ["tidy_up", "greet"]), expected, "{word}");
        }
        assert_eq!(closest("a", []), None);
    }
}
