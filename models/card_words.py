"""The sentences of the model cards that do not change with the weights."""

ABOUT = {
    "relevant": "Would a police public-relations desk want this post in its feed? 1 for police and their conduct, "
    "police services, traffic enforcement, crime and public order, rumours about them; 0 for foreign police, 城管, "
    "guards, courts alone, fiction, games, figures of speech.",
    "sentiment": "The mood of the text as a whole: -1 negative, 0 neutral (also plain news of bad events), 1 positive. "
    "In a forwarding chain the outermost comment weighs most.",
    "attitude": "The attitude towards the police, asked of relevant posts only: -1, 0 or 1, where the text shows it.",
    "category": "What a relevant post is mainly about.",
    "intent": "What the author of a relevant post wants.",
}

WEAKNESSES = {
    "all": (
        "Learnt mostly from Weibo posts and comments of 2010-2021 and from messages to a mayor; modern slang is known "
        "from hot-search titles of 2020-2023 and from invented posts.",
        "The labels are those of several readers, language models, mostly one reading each; on borderline posts, "
        "about one in eight, another reader may differ.",
        "It sees words and short phrases, and their order only where relevance is doubtful: sarcasm, irony and who did "
        "what to whom are beyond it.",
    ),
    "relevant": (
        "The training posts are relevant far more often than a real feed (about 4 %): stated probabilities are too "
        "high there, and bare titles of later years than those learnt from fare worse than the figures above.",
        "Of ordinary texts these wrongly pass most: guests and buyers who feel cheated, messages to a mayor about "
        "roads, single sentences about court cases or accidents abroad, titles about drowning, dogs and schools.",
        "Names of past events (their towns, their words) pull towards relevant.",
        "Missing cameras, 黑社会 and 保护伞 in one-line comments are judged unevenly.",
    ),
    "sentiment": ("Plain reports of terrible events are sometimes called negative.", "Polite complaints look neutral."),
    "attitude": ("Praise of police is rare in real posts; part of it is learnt from invented ones.",),
    "category": ("conduct and misconduct are confused; misconduct and other are rare.",),
    "intent": ("question and criticism are confused; praise, inquiry and report are rare.",),
}

KINDS = {
    "waimai_10k_train": "food delivery reviews",
    "online_shopping_10_cats_train": "product reviews",
    "chnsenticorp_htl_train": "hotel reviews",
    "weibo_senti_train": "Weibo posts (weibo_senti)",
    "smp2020_ewect_train": "Weibo posts (SMP2020, usual)",
    "nlpcc2013_sentence_emotion_train": "sentences of Weibo posts (NLPCC 2013)",
    "thucnews_titles_train": "headlines (THUCNews)",
    "citizen_messages_train": "messages to a mayor",
    "hot_titles_2020_2023": "titles of hot searches",
    "all": "**all**",
}
"""bench/ file -> what kind of posts it holds."""

DETECTORS = (
    "Detectors of phrases and the rereader of doubtful posts were learnt beforehand from what BGE-small-zh v1.5 and v1 "
    "(BAAI, MIT licence), taught these labels, answered to these posts, to 144,000 further texts of the same files and "
    "to 58,000 clauses of both (docs/decisions/0023, 0025, 0030). They had seen all labels but those of police_dev, of "
    "the own posts held back and of a fifth of the public moods: figures of other posts, cross-validated here, are a "
    "little high. Of police_dev they had seen copies of 204 posts (docs/decisions/0038): figures of the whole set are "
    "too high, those without copies are not."
)

NO_LICENCE = "none stated by the source"
LICENCES = {
    "own corpus": "this project's (invented posts)",
    "desk": "this installation's own (posts corrected at the desk)",
    "osm2022": f"hyqaq/osmdataset2022: {NO_LICENCE}; asks to cite Li et al., ICAC 2022",
    "ced": f"thunlp/Chinese_Rumor_Dataset: {NO_LICENCE}; asks to cite Song et al. 2018",
    "weibo_senti": f"weibo_senti_100k (SophonPlus/ChineseNlpCorpus lineage): {NO_LICENCE}",
    "smp2020": f"SMP2020-EWECT contest data (HIT-SCIR): {NO_LICENCE}",
    "thucnews": "THUCNews: free for research, commercial use by agreement with Tsinghua University",
    "citizen_message": f"TipDM Cup 2020 contest data: {NO_LICENCE}",
    "nlpcc2013": "NLPCC 2013 shared-task data; the repository it was taken from is MIT",
    "chnsenticorp": f"ChnSentiCorp (SophonPlus/ChineseNlpCorpus): {NO_LICENCE}",
    "waimai": f"waimai_10k (SophonPlus/ChineseNlpCorpus): {NO_LICENCE}",
    "online_shopping": f"online_shopping_10_cats (SophonPlus/ChineseNlpCorpus): {NO_LICENCE}",
    "weibo_hot": "justjavac/weibo-trending-hot-search: MIT",
    "zhihu_hot": "justjavac/zhihu-trending-hot-questions: MIT",
    "hot_titles": "justjavac/weibo-trending-hot-search and zhihu-trending-hot-questions: MIT",
}
"""Start of a source's name -> where it comes from and what licence it states."""
