"""The use cases that every tenant begins with, in English; their keys never change."""

from __future__ import annotations

from typing import NamedTuple


class UseCase(NamedTuple):
    """One use case of the shared list.

    Attributes:
        key: stable, and the same in every language.
        industry: key of its industry.
        category: key of its category.
        name: shown to people.
        icon: name of its icon.
        text: what it does, in one sentence.
        theory: how it works.
        keywords: words to find it by.
        tips: advice for using it well.
    """

    key: str
    industry: str
    category: str
    name: str
    icon: str
    text: str
    theory: str
    keywords: tuple[str, ...]
    tips: tuple[str, ...]


#: In the order in which they are shown.
USE_CASES = (
    UseCase(
        "nlp", "ecommerce", "product-discovery", "Search in plain language", "search",
        "Finds products from a sentence instead of keywords.",
        "Query and products become vectors of one space; the nearest products answer.",
        ("search", "language", "embedding"),
        ("Keep exact matches of part numbers first.", "Learn from searches without a click."),
    ),
    UseCase(
        "vss", "ecommerce", "product-discovery", "Search by picture", "image",
        "Finds products that look like a photograph.",
        "An image model turns pictures into vectors; cosine distance ranks the catalogue.",
        ("image", "similarity", "embedding"),
        ("Crop to the object first.", "Show the category that was recognised."),
    ),
    UseCase(
        "bundle", "ecommerce", "product-discovery", "Bundles", "layers",
        "Suggests products that are bought together.",
        "Counts how much more often two products share a basket than chance would make them.",
        ("basket", "cross-sell", "association"),
        ("Leave out pairs with few orders.", "Test a bundle's price before keeping it."),
    ),
    UseCase(
        "eta", "ecommerce", "logistics-operations", "Time of arrival", "clock",
        "Predicts when a delivery arrives, with an interval.",
        "A regression on route, carrier, weather and hour, corrected by each delivery that ends.",
        ("delivery", "regression", "interval"),
        ("Promise the upper end.", "Use only what was known when the parcel left."),
    ),
    UseCase(
        "delay", "ecommerce", "logistics-operations", "Risk of delay", "alert-triangle",
        "Says which shipments are likely to be late while something can be done.",
        "A calibrated classifier; its threshold follows from the costs of acting and of waiting.",
        ("delivery", "classification", "risk"),
        ("Tell the customer before they ask.", "Watch carriers whose delays drift."),
    ),
    UseCase(
        "inventory", "ecommerce", "logistics-operations", "Stock levels", "package",
        "Says what to reorder, when and how much.",
        "Forecast demand over the lead time plus a safety stock for its uncertainty.",
        ("stock", "reorder", "forecast"),
        ("Measure lead times, do not trust them.", "Count lost sales as demand."),
    ),
    UseCase(
        "personalization", "ecommerce", "personalization", "Personal shop", "user",
        "Orders products for each visitor.",
        "Past views and purchases give a taste; a ranking model weighs it against novelty.",
        ("recommendation", "ranking", "taste"),
        ("Show something new now and then.", "Begin with what is popular for new visitors."),
    ),
    UseCase(
        "chat", "ecommerce", "personalization", "Shopping assistant", "message-circle",
        "Answers questions about products and orders in a conversation.",
        "The intent is classified, facts are looked up, and the answer is written from them.",
        ("conversation", "intent", "retrieval"),
        ("Hand over to a person when unsure.", "Answer from facts, never from memory."),
    ),
    UseCase(
        "voice", "ecommerce", "personalization", "Voice shopping", "mic",
        "Lets customers search and order by speaking.",
        "Speech becomes text; the text goes the way of every other question.",
        ("speech", "assistant", "accessibility"),
        ("Read an order back before placing it.", "Keep a written way beside it."),
    ),
    UseCase(
        "pricing", "ecommerce", "pricing-fraud", "Dynamic prices", "tag",
        "Suggests prices from demand, stock and competition.",
        "Demand is estimated as a function of price; the price with the best margin is proposed.",
        ("price", "elasticity", "margin"),
        ("Set limits that no price may leave.", "Change prices in a test, not everywhere at once."),
    ),
    UseCase(
        "fraud", "ecommerce", "pricing-fraud", "Payment fraud", "shield",
        "Scores payments and names the reasons.",
        "Rare-event classification beside the distance to known frauds and to normal behaviour.",
        ("payment", "anomaly", "risk"),
        ("Refunds come weeks later: wait before you judge.", "Review what lies near the limit."),
    ),
    UseCase(
        "coupon", "ecommerce", "pricing-fraud", "Coupons", "percent",
        "Gives a discount to those who would not buy without it.",
        "Uplift: the difference a coupon makes, estimated from a randomised group.",
        ("discount", "uplift", "campaign"),
        ("Always keep a group without coupons.", "Look for codes that are shared."),
    ),
    UseCase(
        "churn", "ecommerce", "marketing-intelligence", "Customers about to leave", "user-minus",
        "Predicts which customers stop buying.",
        "Recency, frequency and value against each customer's own rhythm, calibrated.",
        ("retention", "risk", "classification"),
        ("Say what leaving means first.", "Act on those whom an offer can still move."),
    ),
    UseCase(
        "segmentation", "ecommerce", "marketing-intelligence", "Customer segments", "pie-chart",
        "Groups customers who behave alike.",
        "Clusters of behaviour that stay the same when the data are drawn again.",
        ("cluster", "behaviour", "audience"),
        ("Few segments that somebody uses.", "Give each a name people understand."),
    ),
    UseCase(
        "subject", "ecommerce", "marketing-intelligence", "Subject lines", "mail",
        "Predicts which subject line is opened.",
        "Text features of past campaigns; several lines share the traffic until one is ahead.",
        ("mail", "text", "test"),
        ("Measure orders, not only opens.", "Keep to the sender's voice."),
    ),
    UseCase(
        "leadgen", "ecommerce", "marketing-intelligence", "Leads", "target",
        "Ranks leads by their chance to become customers.",
        "A classifier on who they are and what they did, trained on leads that have ended.",
        ("lead", "ranking", "sales"),
        ("Leave open leads out of training.", "Tell sales why a lead is hot."),
    ),
    UseCase(
        "variant", "ecommerce", "product-intelligence", "Variants", "git-branch",
        "Finds products that are variants of one another.",
        "Near duplicates by text and picture, split by the attributes that differ.",
        ("duplicate", "matching", "catalogue"),
        ("Merge by hand at first.", "Keep the rule that made a match."),
    ),
    UseCase(
        "categorization", "ecommerce", "product-intelligence", "Categorisation", "folder",
        "Puts products into the category tree.",
        "Text and picture classification from the root to the leaf, stopping where it is unsure.",
        ("category", "classification", "catalogue"),
        ("A right parent beats a wrong leaf.", "Learn from every correction."),
    ),
    UseCase(
        "sentiment", "ecommerce", "product-intelligence", "Opinions in reviews", "smile",
        "Reads what customers praise and complain about.",
        "Each sentence is tied to an aspect, such as size or delivery, and scored.",
        ("review", "text", "aspect"),
        ("Separate the product from its delivery.", "Watch changes, not levels."),
    ),
    UseCase(
        "descriptions", "ecommerce", "product-intelligence", "Product texts", "file-text",
        "Writes descriptions from attributes.",
        "A language model fills a frame; every claim is checked against the attributes.",
        ("text", "generation", "catalogue"),
        ("Nothing that no attribute says.", "Have new categories read by a person."),
    ),
    UseCase(
        "remover", "ecommerce", "creative-ar", "Background removal", "scissors",
        "Cuts products out of their photographs.",
        "A segmentation model marks the object; its edge is refined at full size.",
        ("image", "segmentation", "studio"),
        ("Look at hair, glass and lace.", "Keep the original."),
    ),
    UseCase(
        "upscaler", "ecommerce", "creative-ar", "Larger pictures", "maximize",
        "Enlarges pictures and keeps them sharp.",
        "A network trained on pairs of small and large pictures adds plausible detail.",
        ("image", "resolution", "studio"),
        ("Do not invent text on labels.", "Compare side by side."),
    ),
    UseCase(
        "tryon", "ecommerce", "creative-ar", "Virtual try-on", "camera",
        "Shows a product on the customer.",
        "Landmarks of a face or body place the product and light it like the picture.",
        ("camera", "fit", "augmented reality"),
        ("Pictures stay on the customer's device.", "Say that size is not shown."),
    ),
    UseCase(
        "quiz", "ecommerce", "gamification", "Style quiz", "help-circle",
        "Asks a few questions and suggests products.",
        "Each question is the one that narrows the choice most.",
        ("quiz", "preference", "recommendation"),
        ("Five questions at most.", "Show why something was suggested."),
    ),
    UseCase(
        "spin", "ecommerce", "gamification", "Wheel of offers", "rotate-cw",
        "Gives playful offers within a budget.",
        "Chances are set so that the expected cost stays below the budget.",
        ("offer", "game", "budget"),
        ("State the chances.", "One turn a customer."),
    ),
    UseCase(
        "iq", "ecommerce", "gamification", "Product knowledge game", "award",
        "Teaches about products by questions that grow harder.",
        "Player and question have a strength each, moved by every answer.",
        ("game", "learning", "engagement"),
        ("Reward learning, not speed.", "Retire questions nobody gets right."),
    ),
    UseCase(
        "forecast", "ecommerce", "analytics", "Sales forecast", "trending-up",
        "Predicts sales by product and week.",
        "Trend, season and events, evaluated on weeks the model has not seen.",
        ("forecast", "season", "demand"),
        ("Compare with last year's same week.", "Show the interval."),
    ),
    UseCase(
        "timing", "ecommerce", "analytics", "Best moment", "calendar",
        "Finds when a customer is likely to respond.",
        "Each customer's own hours, drawn towards everybody's while little is known.",
        ("time", "campaign", "behaviour"),
        ("Respect quiet hours.", "Count time zones."),
    ),
    UseCase(
        "abtest", "ecommerce", "analytics", "A/B tests", "columns",
        "Says which variant is better and when that is sure.",
        "A sequential test may be looked at every day without more wrong answers.",
        ("experiment", "significance", "conversion"),
        ("One deciding figure.", "End it when it has decided, not before."),
    ),
    UseCase(
        "loss-prevention", "retail", "analytics", "Loss prevention", "eye",
        "Points out behaviour in a store that often ends in a loss.",
        "Movements are scored against normal visits; a person decides about every alert.",
        ("store", "video", "risk"),
        ("Never accuse by score.", "Check that no group is flagged more often."),
    ),
    UseCase(
        "risk-scoring", "healthcare", "analytics", "Patient risk", "activity",
        "Estimates the risk of a complication.",
        "A calibrated model on history and measurements known at that moment.",
        ("risk", "patient", "calibration"),
        ("Check calibration in every hospital.", "Support a clinician, replace none."),
    ),
    UseCase(
        "diagnostic-ai", "healthcare", "analytics", "Help with diagnosis", "clipboard",
        "Ranks diagnoses that fit the findings.",
        "Findings update the odds of each diagnosis; missing ones are asked for by their worth.",
        ("diagnosis", "findings", "ranking"),
        ("List what must not be missed first.", "Say what is not known."),
    ),
    UseCase(
        "drug-discovery", "healthcare", "analytics", "Candidate drugs", "droplet",
        "Ranks molecules for the next experiment.",
        "Predicted activity weighed with its uncertainty, so that tests teach most.",
        ("molecule", "screening", "active learning"),
        ("Split by scaffold, not at random.", "Keep failed experiments."),
    ),
    UseCase(
        "clinical-trials", "healthcare", "analytics", "Matching to trials", "users",
        "Finds patients who meet a trial's criteria.",
        "Criteria become conditions; free text is read for those without a field.",
        ("trial", "eligibility", "matching"),
        ("Show the criterion that failed.", "Ask for consent first."),
    ),
    UseCase(
        "patient-flow", "healthcare", "logistics-operations", "Patient flow", "shuffle",
        "Forecasts arrivals and stays by ward.",
        "Arrivals by hour and length of stay give the beds needed, with an interval.",
        ("beds", "forecast", "capacity"),
        ("Plan for the upper end.", "Separate planned from urgent."),
    ),
    UseCase(
        "resource-allocation", "healthcare", "logistics-operations", "Staff and rooms", "grid",
        "Distributes staff and rooms over the expected demand.",
        "The forecast enters an optimisation that keeps rest times and skills.",
        ("planning", "optimisation", "capacity"),
        ("Leave slack for the unexpected.", "Let people swap."),
    ),
    UseCase(
        "property-valuation", "realestate", "pricing-fraud", "Value of a property", "home",
        "Estimates what a property would sell for.",
        "Comparable sales, corrected for place, size, state and time.",
        ("valuation", "regression", "comparables"),
        ("Show the comparables.", "Widen the interval where sales are rare."),
    ),
    UseCase(
        "market-trend-analysis", "realestate", "analytics", "Market trends", "bar-chart",
        "Shows where prices and demand are moving.",
        "Repeat sales remove the change of what is sold; breaks are tested.",
        ("market", "trend", "index"),
        ("Few sales make loud indices.", "Separate season from trend."),
    ),
    UseCase(
        "investment-scoring", "realestate", "analytics", "Investments", "briefcase",
        "Ranks properties by expected return and risk.",
        "Simulated rents, costs and prices give a range of returns for each.",
        ("return", "risk", "simulation"),
        ("Compare the worst tenth, too.", "State every assumption."),
    ),
    UseCase(
        "lead-scoring", "realestate", "marketing-intelligence", "Buyers and tenants", "key",
        "Ranks enquiries by their chance of a contract.",
        "What was looked at, when and how often, against enquiries that have ended.",
        ("lead", "ranking", "enquiry"),
        ("Answer fast before answering well.", "Use nothing that stands for origin."),
    ),
)  # fmt: skip
