//! `%SETTING%` names in a binding's properties.

/// Why a text with settings has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A setting that is not there.
    #[error(
        "the setting `{0}` has no value; add it to the environment, or to `Values` in `local.settings.json`"
    )]
    Missing(String),
    /// A `%` without its partner.
    #[error("the `%` at character {position} of `{text}` has no partner; write `%NAME%`")]
    Unclosed {
        /// The whole text.
        text: String,
        /// The place of the `%`, from 1.
        position: usize,
    },
}

/// Replaces each `%NAME%` by the value that `lookup` has for it; the values themselves are not looked into.
///
/// # Errors
///
/// Fails if a `%` has no partner, or a setting has no value.
pub fn resolve_settings(
    text: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<String, SettingError> {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('%') {
        let Some((name, after)) = after.split_once('%') else {
            let before = text.strip_suffix(after).unwrap_or_default();
            return Err(SettingError::Unclosed {
                text: text.to_owned(),
                position: before.chars().count(),
            });
        };
        resolved.push_str(literal);
        // `%%` is not an escape: it asks for a setting without a name.
        let value = Some(name).filter(|name| !name.is_empty()).and_then(&lookup);
        resolved.push_str(&value.ok_or_else(|| SettingError::Missing(name.to_owned()))?);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}
