//! Topic filters: which topics a subscription wants, by the wildcard rules of
//! AMQP 0-9-1 topic exchanges and of MQTT (3.1.1 and 5.0, section 4.7).
//!
//! AMQP: words parted by `.`; `*` is exactly one word, `#` any number of them,
//! none included. MQTT: levels parted by `/`, which may be empty; `+` is
//! exactly one level, `#` only at the end and stands for the level before it
//! and all below; a filter that begins with a wildcard matches no topic that
//! begins with `$`.

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `orders.*`, `#.eu`.
    Amqp,
    /// `orders/+`, `orders/#`.
    Mqtt,
}

impl Syntax {
    /// What parts the words of a topic.
    pub const fn separator(self) -> char {
        match self {
            Self::Amqp => '.',
            Self::Mqtt => '/',
        }
    }

    /// Whether a filter can match at all.
    pub fn is_valid_filter(self, filter: &str) -> bool {
        match self {
            Self::Amqp => true,
            Self::Mqtt => {
                let levels = filter.split('/');
                let last = levels.clone().count() - 1;
                !filter.is_empty()
                    && levels.enumerate().all(|(index, level)| match level {
                        "+" => true,
                        "#" => index == last,
                        plain => !plain.contains(['+', '#']),
                    })
            }
        }
    }

    /// Whether a topic can be published: it has no wildcards.
    pub fn is_valid_topic(self, topic: &str) -> bool {
        !topic.is_empty()
            && match self {
                Self::Amqp => topic.split('.').all(|word| word != "*" && word != "#"),
                Self::Mqtt => !topic.contains(['+', '#']),
            }
    }

    /// Whether a topic is wanted.
    pub fn matches(self, filter: &str, topic: &str) -> bool {
        match self {
            Self::Amqp => matches_amqp(filter, topic),
            Self::Mqtt => {
                let hidden = topic.starts_with('$') && filter.starts_with(['+', '#']);
                self.is_valid_filter(filter) && !hidden && matches_mqtt(filter, topic)
            }
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split('.').collect()
    }
}

/// `reach[i]` tells whether the filter so far matches the first `i` words: one
/// pass over the filter, however many `#` it has.
fn matches_amqp(filter: &str, topic: &str) -> bool {
    let topic = words(topic);
    let mut reach = vec![false; topic.len() + 1];
    reach[0] = true;
    for pattern in words(filter) {
        if pattern == "#" {
            let first = reach.iter().position(|reached| *reached);
            if let Some(first) = first {
                reach[first..].fill(true);
            }
            continue;
        }
        for index in (0..topic.len()).rev() {
            reach[index + 1] = reach[index] && (pattern == "*" || pattern == topic[index]);
        }
        reach[0] = false;
    }
    reach[topic.len()]
}

fn matches_mqtt(filter: &str, topic: &str) -> bool {
    let mut levels = topic.split('/');
    for pattern in filter.split('/') {
        // Also when no level is left: `sport/#` matches `sport`.
        if pattern == "#" {
            return true;
        }
        match levels.next() {
            Some(level) if pattern == "+" || pattern == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::Syntax::{Amqp, Mqtt};

    /// RabbitMQ's fifth tutorial: two queues, three bindings.
    #[test]
    fn amqp_as_in_the_tutorial() {
        let first = |topic| Amqp.matches("*.orange.*", topic);
        let second = |topic| Amqp.matches("*.*.rabbit", topic) || Amqp.matches("lazy.#", topic);
        for (topic, wanted) in [
            ("quick.orange.rabbit", (true, true)),
            ("lazy.orange.elephant", (true, true)),
            ("quick.orange.fox", (true, false)),
            ("lazy.brown.fox", (false, true)),
            ("lazy.pink.rabbit", (false, true)),
            ("lazy.orange.new.rabbit", (false, true)),
            ("quick.brown.fox", (false, false)),
            ("orange", (false, false)),
            ("quick.orange.new.rabbit", (false, false)),
        ] {
            assert_eq!((first(topic), second(topic)), wanted, "{topic}");
        }
    }

    #[test]
    fn amqp_hash_is_any_number_of_words_anywhere() {
        for (filter, topic, wanted) in [
            ("#", "", true),
            ("#", "a.b.c", true),
            ("lazy.#", "lazy", true),
            ("#.eu", "eu", true),
            ("#.eu", "orders.eu", true),
            ("#.eu", "orders.eu.x", false),
            ("a.#.b.#.c", "a.b.c", true),
            ("a.#.b.#.c", "a.x.b.y.z.b.c", true),
            ("a.#.b.#.c", "a.c", false),
            ("*.#", "", false),
            ("*.#", "a", true),
            ("#.*", "a.b", true),
            ("*", "a.b", false),
            ("*", "", false),
            ("", "", true),
            ("", "a", false),
            ("a*", "a*", true),
            ("a*", "ab", false),
        ] {
            assert_eq!(Amqp.matches(filter, topic), wanted, "{filter} {topic}");
        }
    }

    /// The examples of the standard.
    #[test]
    fn mqtt_as_in_the_standard() {
        for (filter, topic, wanted) in [
            ("sport/#", "sport", true),
            ("sport/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/score/wimbledon",
                true,
            ),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/monitor", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/monitor", true),
            ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
            ("#", "a/b", true),
            ("a", "a/", false),
        ] {
            assert_eq!(Mqtt.matches(filter, topic), wanted, "{filter} {topic}");
        }
    }

    #[test]
    fn mqtt_wildcards_stand_alone_and_hash_last() {
        for filter in [
            "sport/tennis#",
            "sport/tennis/#/ranking",
            "sport+",
            "",
            "a/+b",
        ] {
            assert!(!Mqtt.is_valid_filter(filter), "{filter}");
            assert!(!Mqtt.matches(filter, filter), "{filter}");
        }
        for filter in ["#", "+", "+/tennis/#", "/", "sport/+/player1"] {
            assert!(Mqtt.is_valid_filter(filter), "{filter}");
        }
    }

    /// Against the definition itself: try every length for each `#`.
    #[test]
    fn amqp_agrees_with_its_definition() {
        fn defined(filter: &[&str], topic: &[&str]) -> bool {
            match filter.split_first() {
                None => topic.is_empty(),
                Some((&"#", rest)) => (0..=topic.len()).any(|n| defined(rest, &topic[n..])),
                Some((pattern, rest)) => topic.split_first().is_some_and(|(word, more)| {
                    (*pattern == "*" || pattern == word) && defined(rest, more)
                }),
            }
        }
        let all = |alphabet: &[&'static str], most: u32| -> Vec<Vec<&'static str>> {
            let mut found = vec![Vec::new()];
            let mut from = 0;
            for _ in 0..most {
                let to = found.len();
                for index in from..to {
                    for word in alphabet {
                        let mut longer: Vec<&'static str> = found[index].clone();
                        longer.push(word);
                        found.push(longer);
                    }
                }
                from = to;
            }
            found
        };
        let topics = all(&["a", "b"], 4);
        for filter in all(&["a", "b", "*", "#"], 4) {
            for topic in &topics {
                assert_eq!(
                    Amqp.matches(&filter.join("."), &topic.join(".")),
                    defined(&filter, topic),
                    "{filter:?} {topic:?}"
                );
            }
        }
    }
}
