"""The loop in twenty lines: learn from history, ask, see the reasons, hear what happened."""

from datetime import UTC, datetime, timedelta

import everlearn

rows = range(2_000)
age = [float(20 + 7 * i % 60) for i in rows]
plan = [("basic", "pro")[i * 13 // 7 % 2] for i in rows]
left = [int((age[i] < 40 and plan[i] == "basic") != (i % 11 == 0)) for i in rows]

with everlearn.open("example") as el:
    el.model("churn", features={"age": float, "plan": ["basic", "pro"]})
    el.learn(
        "churn",
        entities=[f"customer-{i}" for i in rows],
        features={"age": age, "plan": plan},
        outcomes=left,
        as_of=[datetime.now(UTC) - timedelta(hours=2_000 - i) for i in rows],
    )
    version = el.train("churn")
    print(version.version, version.status)
    answer = el.predict("churn", "customer-9999", age=31.0, plan="basic")
    print(f"leaves with {answer.value:.2f}, between {answer.lower:.2f} and {answer.upper:.2f}")
    print({name: round(effect, 2) for name, effect in answer.reasons.items()})
    el.resolve("churn", "customer-9999", 1)
    print(el.performance("churn")[0])
