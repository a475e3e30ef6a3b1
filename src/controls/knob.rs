//! One knob: a slider with an exact value, or a few words to choose from.

use super::option;
use super::scale::Scale;
use crate::dom::{Element, button, html, value_of};
use crate::format;
use crate::player::{Command, Player};
use crate::pulse::clock_ms;
use crate::signals::{Memo, State};
use leptos::prelude::*;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::kernel::settings::TEXT_LONGEST;
use patternscope_engine::kernel::{Knob, KnobKind, Value};
use web_sys::Event;

/// While a slider moves, the run follows at most this often.
const DRAG_MS: f64 = 200.0;
/// More letters than this do not fit beside each other.
const SEGMENT_LETTERS: usize = 30;

/// A knob of the run's pattern, by its place in the table.
pub fn knob_row(player: Player, index: usize) -> Element {
    let knob = &player.pattern.knobs[index];
    let value = player.watch(move |history| history.simulation().settings().value(index).clone());
    let shown = player.watch(move |history| {
        let settings = history.simulation().settings();
        knob.only_if
            .is_none_or(|(key, values)| values.contains(&settings.choice(key)))
    });
    let row = Row {
        player,
        index,
        knob,
        value,
    };
    let parts = match knob.kind {
        KnobKind::Number { .. } => row.slider(),
        KnobKind::Choice { choices, .. } => {
            let letters: usize = choices.iter().map(|choice| choice.len() + 1).sum();
            if letters <= SEGMENT_LETTERS {
                vec![row.segments(choices)]
            } else {
                row.select(choices)
            }
        }
        KnobKind::Text { .. } => row.text(),
    };
    html("div.knob")
        .with("title", knob.help)
        .hidden_if(move || !shown.get())
        .children(parts)
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

/// One knob in the page.
#[derive(Clone, Copy)]
struct Row {
    player: Player,
    index: usize,
    knob: &'static Knob,
    value: Memo<Value>,
}

impl Row {
    fn id(self) -> String {
        format!("knob-{}", self.knob.key)
    }

    fn help_id(self) -> String {
        format!("help-{}", self.knob.key)
    }

    fn set(self, value: Value) {
        self.player.dispatch(Command::SetKnob(self.index, value));
    }

    fn label(self) -> Element {
        html("label").with("for", &self.id()).text(self.knob.label)
    }

    /// What a screen reader says beside the value.
    fn help(self) -> Element {
        html("span.unseen")
            .with("id", &self.help_id())
            .text(&help_of(self.knob))
    }

    /// Back to the first value, when it has another.
    fn reset(self) -> Element {
        let Self { knob, value, .. } = self;
        button("reset", "↺", move |_| self.set(knob.default_value()))
            .with("title", "Reset")
            .with("aria-label", &format!("Reset {}", knob.label))
            .hidden_if(move || value.with(|value| *value == knob.default_value()))
    }

    fn slider(self) -> Vec<Element> {
        let Self { knob, value, .. } = self;
        let scale = StoredValue::new(Scale::of(knob));
        let last = scale.with_value(|s| s.as_ref().map_or(1, Scale::last));
        let at = move |event: &Event| {
            let position = value_of(event).parse().unwrap_or(0);
            scale.with_value(|s| s.as_ref().map_or(0.0, |s| s.value(position)))
        };
        let position = move || {
            let number = value.with(number_of);
            scale.with_value(|s| s.as_ref().map_or(0, |s| s.position(number)))
        };
        let moved = State::new(None::<f64>);
        let number = move || moved.get().unwrap_or_else(|| value.with(number_of));
        let last_drag = StoredValue::new(0.0_f64);
        let drag = move |event: Event| {
            let number = at(&event);
            moved.set(Some(number));
            if clock_ms() - last_drag.get_value() >= DRAG_MS {
                last_drag.set_value(clock_ms());
                let command = Command::Drag(self.index, Value::Number(number));
                self.player.dispatch(command);
            }
        };
        let commit = move |event: Event| {
            moved.set(None);
            self.set(Value::Number(at(&event)));
        };
        let share = move || {
            format!(
                "{:.1}%",
                Number(100.0 * position() as f64 / last.max(1) as f64)
            )
        };
        let range = html("input")
            .with("type", "range")
            .with("id", &self.id())
            .with("min", "0")
            .with("max", &last.to_string())
            .with("step", "1")
            .with("aria-describedby", &self.help_id())
            .property("value", move || position() as f64)
            .live("aria-valuetext", move || spoken(knob, number()))
            .style("--share", share)
            .on("input", drag)
            .on("change", commit);
        let [exact, wrong] = self.exact(number);
        vec![self.label(), self.reset(), exact, wrong, range, self.help()]
    }

    /// The value as a text that can be typed over, and what is wrong with it.
    fn exact(self, number: impl Fn() -> f64 + 'static) -> [Element; 2] {
        let knob = self.knob;
        let wrong = State::new(false);
        let commit = move |event: Event| {
            let typed = value_of(&event).replace([' ', '\u{202f}'], "");
            let zero =
                matches!(knob.kind, KnobKind::Number { zero: Some(word), .. } if word == typed);
            match knob.parse(if zero { "0" } else { &typed }) {
                Ok(value) if knob.on_page.is_none_or(|most| number_of(&value) <= most) => {
                    wrong.set(false);
                    let input: web_sys::HtmlInputElement = event_target(&event);
                    input.set_value(&spoken(knob, number_of(&value)));
                    self.set(value);
                }
                _ => wrong.set(true),
            }
        };
        let field = html("input")
            .with("type", "text")
            .class("exact")
            .with("autocomplete", "off")
            .with("spellcheck", "false")
            .with("aria-label", &format!("{}, exact value", knob.label))
            .property("value", move || spoken(knob, number()))
            .live("aria-invalid", move || wrong.get().to_string())
            .on("change", commit);
        let hint = move || match (wrong.get(), knob.on_page) {
            (false, _) => String::new(),
            (true, None) => format!("must be {}", knob.range()),
            (true, Some(most)) => {
                format!("must be {}; here at most {}", knob.range(), Number(most))
            }
        };
        [field, alert(hint)]
    }

    /// A short text, in force when the field is left.
    fn text(self) -> Vec<Element> {
        let Self { knob, value, .. } = self;
        let wrong = State::new(String::new());
        let commit = move |event: Event| match knob.parse(value_of(&event).trim()) {
            Ok(value) => {
                wrong.set(String::new());
                self.set(value);
            }
            Err(why) => wrong.set(why.to_string()),
        };
        let field = html("input")
            .with("type", "text")
            .class("text")
            .with("id", &self.id())
            .with("autocomplete", "off")
            .with("spellcheck", "false")
            .with("maxlength", &TEXT_LONGEST.to_string())
            .with("aria-describedby", &self.help_id())
            .property("value", move || value.with(|value| knob.format(value)))
            .live("aria-invalid", move || {
                wrong.with(|why| !why.is_empty()).to_string()
            })
            .on("change", commit);
        let wrong = alert(move || wrong.get());
        vec![self.label(), self.reset(), field, wrong, self.help()]
    }

    fn segments(self, choices: &'static [&'static str]) -> Element {
        let value = self.value;
        let options = choices.iter().enumerate().map(|(place, word)| {
            let this = Value::Choice(place as u8);
            let chosen = this.clone();
            let radio = html("input")
                .with("type", "radio")
                .with("name", self.knob.key)
                .with("value", word)
                .property("checked", move || value.with(|value| *value == chosen))
                .on("change", move |_| self.set(this.clone()));
            html("label").child(radio).child(html("span").text(word))
        });
        html("fieldset.segments")
            .child(html("legend").text(self.knob.label))
            .child(html("div").children(options))
    }

    fn select(self, choices: &'static [&'static str]) -> Vec<Element> {
        let value = self.value;
        let options = choices.iter().enumerate().map(|(place, word)| {
            let this = Value::Choice(place as u8);
            option(&place.to_string(), word, move || {
                value.with(|value| *value == this)
            })
        });
        let choose = move |event: Event| {
            self.set(Value::Choice(value_of(&event).parse().unwrap_or(0)));
        };
        let select = html("select")
            .with("id", &self.id())
            .on("change", choose)
            .children(options);
        vec![self.label(), self.reset(), select]
    }
}

/// What is wrong with what was typed, said at once.
fn alert(read: impl Fn() -> String + 'static) -> Element {
    html("span.wrong").with("role", "alert").live_text(read)
}
