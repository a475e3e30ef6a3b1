//! What the shapes mean.

use leptos::prelude::*;
use patternscope_engine::kernel::Role;
use patternscope_engine::scene::glyph;

/// Every shape with its word, and every outline.
pub fn legend() -> impl IntoView {
    let entry = |class: String, shape: &'static str, words: &'static str| {
        view! {
            <li>
                <svg class="messages rich" viewBox="-12 -12 24 24" width="24" height="24" aria-hidden="true">
                    <g class=class><circle class="halo" r="9.5"/><path class="shape" d=shape/></g>
                </svg>
                {words}
            </li>
        }
    };
    let roles = Role::ALL
        .into_iter()
        .map(|role| {
            entry(
                format!("glyph {}", role.name()),
                glyph::rich(role),
                role.name(),
            )
        })
        .collect_view();
    let request = glyph::rich(Role::Request);
    view! {
        <ul class="legend">
            {roles}
            {entry("glyph request retry".to_owned(), request, "dashed outline: a retry")}
            {entry("glyph request hedge".to_owned(), request, "solid outline: a hedge")}
            {entry("glyph request duplicate".to_owned(), request, "dotted outline: a copy by the network")}
            {entry("glyph request orphan".to_owned(), request, "hollow and grey: its caller is gone")}
            {entry("glyph error fell".to_owned(), glyph::CROSS, "falling: lost")}
        </ul>
    }
}
