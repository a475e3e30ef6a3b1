//! Golden runs of the whole catalog, asserted natively and in wasm. Written
//! anew by `cargo xtask bless`.

use patternscope_engine::kernel::Instant;
use patternscope_engine::patterns::CATALOG;
use patternscope_engine::scenario::Scenario;
use patternscope_engine::{History, Pattern};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

const GOLDEN: &str = include_str!("golden.txt");

/// The runs of one pattern in words: each preset, its story, its defaults.
fn runs(pattern: &'static Pattern) -> String {
    let presets = pattern
        .presets
        .iter()
        .map(|preset| (preset.slug, Scenario::preset(pattern, preset)));
    let all = presets.chain([
        ("story", Scenario::story(pattern)),
        ("defaults", Scenario::new(pattern)),
    ]);
    let line = |(name, scenario)| {
        let mut history = History::new(scenario);
        history.advance(Instant::from_secs(20.0), u64::MAX);
        let (digest, ledger) = (history.digest_text(), history.ledger());
        let (sent, succeeded) = (ledger.sent, ledger.succeeded());
        format!(
            "{} {name}: digest {digest}, sent {sent}, succeeded {succeeded}\n",
            pattern.slug
        )
    };
    all.map(line).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn golden_runs() {
    let actual: String = CATALOG.iter().copied().map(runs).collect();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
        std::fs::write(path, &actual).expect("the golden file can be written");
        return;
    }
    let differ = |pair: &(&str, &str)| pair.0 != pair.1;
    let changed: Vec<_> = actual.lines().zip(GOLDEN.lines()).filter(differ).collect();
    assert!(
        changed.is_empty() && actual.len() == GOLDEN.len(),
        "if the change is meant: cargo xtask bless; now and before: {changed:#?}"
    );
}
