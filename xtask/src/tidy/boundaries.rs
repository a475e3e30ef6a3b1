//! Rules about who may know what.

use std::collections::BTreeSet;

use super::Source;

/// `engine/src` and `engine/kernel/src` name no browser crate, no wall clock and no hash map.
pub fn engine_is_pure(sources: &[Source]) -> Vec<String> {
    const FORBIDDEN: [&str; 10] = [
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "leptos",
        "gloo",
        "SystemTime",
        "Instant::now",
        "std::time::Instant",
        "HashMap",
        "HashSet",
    ];
    let engine = sources.iter().filter(|source| {
        source.path.starts_with("engine/src/") || source.path.starts_with("engine/kernel/src/")
    });
    naming(engine, &FORBIDDEN)
}

/// Animation frames are asked for in one file.
pub fn one_pulse(sources: &[Source]) -> Vec<String> {
    naming(
        app_except(sources, "src/pulse.rs"),
        &[
            "request_animation_frame",
            "requestAnimationFrame",
            "use_raf_fn",
        ],
    )
}

/// The address of the page is read and written in one file.
pub fn one_address(sources: &[Source]) -> Vec<String> {
    naming(
        app_except(sources, "src/share.rs"),
        &["location()", "replace_state", "push_state", "use_location"],
    )
}

/// `engine/src/patterns/a/` does not name `patterns::b`.
pub fn patterns_stand_alone(sources: &[Source]) -> Vec<String> {
    let names: BTreeSet<&str> = sources.iter().filter_map(pattern_of).collect();
    let mut complaints = Vec::new();
    for source in sources {
        let Some(own) = pattern_of(source) else {
            continue;
        };
        let others = names.iter().filter(|name| **name != own);
        let uses: Vec<String> = others
            .flat_map(|other| ["patterns::", "super::super::"].map(|path| format!("{path}{other}")))
            .collect();
        let uses: Vec<&str> = uses.iter().map(String::as_str).collect();
        complaints.extend(naming([source], &uses));
    }
    complaints
}

/// The pattern whose folder holds the file.
fn pattern_of(source: &Source) -> Option<&str> {
    let inside = source.path.strip_prefix("engine/src/patterns/")?;
    Some(inside.split_once('/')?.0)
}

fn app_except<'a>(sources: &'a [Source], owner: &'a str) -> impl Iterator<Item = &'a Source> {
    sources
        .iter()
        .filter(move |source| source.path.starts_with("src/") && source.path != owner)
}

/// Where code, not comments, names one of the words (whole words).
fn naming<'a>(sources: impl IntoIterator<Item = &'a Source>, words: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (number, line) in source.code() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                complaints.push(format!("{}:{number} names {word}", source.path));
            }
        }
    }
    complaints
}

fn has_word(line: &str, word: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(inside) && (!after.is_some_and(inside) || word.ends_with(')'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(rule: fn(&[Source]) -> Vec<String>, path: &str, text: &str) -> usize {
        rule(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_browser_in_the_engine_is_found() {
        let browser = "use web_sys::Window;";
        assert_eq!(
            count(engine_is_pure, "engine/kernel/src/time.rs", browser),
            1
        );
        assert_eq!(count(engine_is_pure, "src/app.rs", browser), 0);
        assert_eq!(
            count(engine_is_pure, "engine/src/lib.rs", "// no HashMap here"),
            0
        );
        assert_eq!(
            count(
                engine_is_pure,
                "engine/src/lib.rs",
                "let a = std::time::Instant::now();"
            ),
            2
        );
        assert_eq!(
            count(engine_is_pure, "engine/src/lib.rs", "let my_leptos = 1;"),
            0
        );
    }

    #[test]
    fn a_second_pulse_is_found() {
        let frame = "window().request_animation_frame(f);";
        assert_eq!(count(one_pulse, "src/stage/layer.rs", frame), 1);
        assert_eq!(count(one_pulse, "src/pulse.rs", frame), 0);
    }

    #[test]
    fn a_second_hand_on_the_address_is_found() {
        let address = "let here = window().location();";
        assert_eq!(count(one_address, "src/app.rs", address), 1);
        assert_eq!(count(one_address, "src/share.rs", address), 0);
    }

    #[test]
    fn a_pattern_that_uses_another_is_found() {
        let other = Source::new("engine/src/patterns/etl/mod.rs", "");
        let user = |text| Source::new("engine/src/patterns/batching/model.rs", text);
        let guilty = [user("use crate::patterns::etl::Row;"), other];
        assert_eq!(patterns_stand_alone(&guilty).len(), 1);
        let innocent = [user("use crate::patterns::batching::Row;")];
        assert_eq!(patterns_stand_alone(&innocent).len(), 0);
    }
}
