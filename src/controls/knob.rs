//! One knob: a slider with an exact value, or a few words to choose from.

use super::scale::Scale;
use crate::format;
use crate::player::{Command, Player};
use crate::pulse::clock_ms;
use leptos::prelude::*;
use patternscope_engine::kernel::settings::TEXT_LONGEST;
use patternscope_engine::kernel::{Knob, KnobKind, Value};

/// While a slider moves, the run follows at most this often.
const DRAG_MS: f64 = 200.0;
/// More letters than this do not fit beside each other.
const SEGMENT_LETTERS: usize = 30;

/// A knob of the run's pattern, by its place in the table.
#[component]
pub fn KnobRow(player: Player, index: usize) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let value = player.watch(move |history| history.simulation().settings().value(index).clone());
    let shown = player.watch(move |history| {
        let settings = history.simulation().settings();
        knob.only_if
            .is_none_or(|(key, values)| values.contains(&settings.choice(key)))
    });
    let body = match knob.kind {
        KnobKind::Number { .. } => {
            view! { <Slider player=player index=index value=value/> }.into_any()
        }
        KnobKind::Choice { choices, .. } => {
            let letters: usize = choices.iter().map(|choice| choice.len() + 1).sum();
            if letters <= SEGMENT_LETTERS {
                view! { <Segments player=player index=index value=value/> }.into_any()
            } else {
                view! { <Select player=player index=index value=value/> }.into_any()
            }
        }
        KnobKind::Text { .. } => view! { <Text player=player index=index value=value/> }.into_any(),
    };
    view! { <div class="knob" class:hidden=move || !shown.get() title=knob.help>{body}</div> }
}

/// What a screen reader says of a knob beside its value.
fn help_of(knob: &Knob) -> String {
    let restart = if knob.structural {
        " Starts the run again."
    } else {
        ""
    };
    format!("{} Range: {}.{restart}", knob.help, knob.range())
}

fn spoken(knob: &Knob, number: f64) -> String {
    match knob.kind {
        KnobKind::Number {
            zero: Some(word), ..
        } if number == 0.0 => word.to_owned(),
        _ => format::with_unit(number, knob.unit),
    }
}

fn number_of(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Choice(index) => f64::from(*index),
        Value::Text(_) => 0.0,
    }
}

/// Back to the first value, when it has another.
#[component]
fn Reset(player: Player, index: usize, value: Memo<Value>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let label = format!("Reset {}", knob.label);
    view! {
        <button
            type="button" class="reset" title="Reset" aria-label=label
            class:hidden=move || value.get() == knob.default_value()
            on:click=move |_| player.dispatch(Command::SetKnob(index, knob.default_value()))
        >"↺"</button>
    }
}

#[component]
fn Slider(player: Player, index: usize, value: Memo<Value>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let (id, help_id) = (format!("knob-{}", knob.key), format!("help-{}", knob.key));
    let scale = StoredValue::new(Scale::of(knob));
    let last = scale.with_value(|s| s.as_ref().map_or(1, Scale::last));
    let at =
        move |position: usize| scale.with_value(|s| s.as_ref().map_or(0.0, |s| s.value(position)));
    let position = move || {
        let number = value.with(number_of);
        scale.with_value(|s| s.as_ref().map_or(0, |s| s.position(number)))
    };
    let moved = RwSignal::new(None::<f64>);
    let number = move || moved.get().unwrap_or_else(|| value.with(number_of));
    let last_drag = StoredValue::new(0.0_f64);
    let drag = move |event| {
        let number = at(event_target_value(&event).parse().unwrap_or(0));
        moved.set(Some(number));
        if clock_ms() - last_drag.get_value() >= DRAG_MS {
            last_drag.set_value(clock_ms());
            player.dispatch(Command::Drag(index, Value::Number(number)));
        }
    };
    let commit = move |event| {
        moved.set(None);
        let number = at(event_target_value(&event).parse().unwrap_or(0));
        player.dispatch(Command::SetKnob(index, Value::Number(number)));
    };
    let share = move || format!("{:.1}%", 100.0 * position() as f64 / last.max(1) as f64);
    view! {
        <label for=id.clone()>{knob.label}</label>
        <Reset player=player index=index value=value/>
        <Exact player=player index=index number=Signal::derive(number)/>
        <input
            type="range" id=id min="0" max=last step="1" prop:value=position
            aria-valuetext=move || spoken(knob, number()) aria-describedby=help_id.clone()
            style:--share=share
            on:input=drag on:change=commit
        />
        <span class="unseen" id=help_id>{help_of(knob)}</span>
    }
}

/// The value as a text that can be typed over.
#[component]
fn Exact(player: Player, index: usize, number: Signal<f64>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let wrong = RwSignal::new(false);
    let text = move || spoken(knob, number.get());
    let commit = move |event: web_sys::Event| {
        let typed = event_target_value(&event).replace([' ', '\u{202f}'], "");
        let zero = matches!(knob.kind, KnobKind::Number { zero: Some(word), .. } if word == typed);
        match knob.parse(if zero { "0" } else { &typed }) {
            Ok(value) => {
                wrong.set(false);
                let input: web_sys::HtmlInputElement = event_target(&event);
                input.set_value(&spoken(knob, number_of(&value)));
                player.dispatch(Command::SetKnob(index, value));
            }
            Err(_) => wrong.set(true),
        }
    };
    let hint = move || {
        if wrong.get() {
            format!("must be {}", knob.range())
        } else {
            String::new()
        }
    };
    view! {
        <input
            type="text" class="exact" autocomplete="off" spellcheck="false" prop:value=text
            aria-label=format!("{}, exact value", knob.label)
            aria-invalid=move || wrong.get().to_string()
            on:change=commit
        />
        <span class="wrong" role="alert">{hint}</span>
    }
}

/// A short text, in force when the field is left.
#[component]
fn Text(player: Player, index: usize, value: Memo<Value>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let (id, help_id) = (format!("knob-{}", knob.key), format!("help-{}", knob.key));
    let wrong = RwSignal::new(String::new());
    let text = move || value.with(|value| knob.format(value));
    let commit = move |event: web_sys::Event| match knob.parse(event_target_value(&event).trim()) {
        Ok(value) => {
            wrong.set(String::new());
            player.dispatch(Command::SetKnob(index, value));
        }
        Err(why) => wrong.set(why.to_string()),
    };
    view! {
        <label for=id.clone()>{knob.label}</label>
        <Reset player=player index=index value=value/>
        <input
            type="text" class="text" id=id autocomplete="off" spellcheck="false"
            maxlength=TEXT_LONGEST prop:value=text aria-describedby=help_id.clone()
            aria-invalid=move || wrong.with(|why| !why.is_empty()).to_string()
            on:change=commit
        />
        <span class="wrong" role="alert">{wrong}</span>
        <span class="unseen" id=help_id>{help_of(knob)}</span>
    }
}

#[component]
fn Segments(player: Player, index: usize, value: Memo<Value>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let KnobKind::Choice { choices, .. } = knob.kind else {
        return ().into_any();
    };
    let options = choices
        .iter()
        .enumerate()
        .map(|(place, word)| {
            let this = move || Value::Choice(place as u8);
            view! {
                <label>
                    <input
                        type="radio" name=knob.key value=*word
                        prop:checked=move || value.get() == this()
                        on:change=move |_| player.dispatch(Command::SetKnob(index, this()))
                    />
                    <span>{*word}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segments">
            <legend>{knob.label}</legend>
            <div>{options}</div>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Select(player: Player, index: usize, value: Memo<Value>) -> impl IntoView {
    let knob = &player.pattern.knobs[index];
    let KnobKind::Choice { choices, .. } = knob.kind else {
        return ().into_any();
    };
    let id = format!("knob-{}", knob.key);
    let options = choices
        .iter()
        .enumerate()
        .map(|(place, word)| view! {
            <option value=place selected=move || value.get() == Value::Choice(place as u8)>{*word}</option>
        })
        .collect_view();
    let choose = move |event| {
        let place = event_target_value(&event).parse().unwrap_or(0);
        player.dispatch(Command::SetKnob(index, Value::Choice(place)));
    };
    view! {
        <label for=id.clone()>{knob.label}</label>
        <Reset player=player index=index value=value/>
        <select id=id on:change=choose prop:value=move || value.with(number_of).to_string()>
            {options}
        </select>
    }
    .into_any()
}
