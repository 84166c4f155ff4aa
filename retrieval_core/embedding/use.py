"""What the embedded encoder is made of, for its manifest and model card: source, licence, rows, use."""

from retrieval_core.model_files import DataUse

_TRAIN = "training; no row of XQuAD, SQuAD dev or FLORES"

LICENCES = (
    DataUse(
        name="all-MiniLM-L6-v2", licence="Apache-2.0", split="weights", rows=0, use="body and English pieces"
    ),
    DataUse(
        name="parallel/docs",
        licence="PSF, Apache-2.0, MIT, CC BY(-SA)",
        split="all",
        rows=147_210,
        use=_TRAIN,
    ),
    DataUse(
        name="parallel/sentences", licence="CC BY(-SA), CC0", split="all but FLORES", rows=249_886, use=_TRAIN
    ),
    DataUse(name="parallel/course_docs", licence="MIT, CC0", split="all", rows=20_173, use=_TRAIN),
    DataUse(name="parallel/misc", licence="MIT, CC BY(-SA) 4.0", split="all", rows=10_280, use=_TRAIN),
    DataUse(
        name="parallel/bible", licence="public domain; hi CC BY-ND", split="all", rows=31_072, use=_TRAIN
    ),
    DataUse(name="parallel/lexicon", licence="open, per wordnet", split="all", rows=88_285, use=_TRAIN),
    DataUse(
        name="parallel/lexicon_wiktionary", licence="CC BY-SA 3.0", split="all", rows=883_460, use=_TRAIN
    ),
    DataUse(
        name="qa/squad_train_nqg_en",
        licence="CC BY-SA 4.0",
        split="SQuAD train, part",
        rows=11_877,
        use=_TRAIN,
    ),
    DataUse(name="qa/jaquad_ja", licence="CC BY-SA 3.0", split="training part", rows=35_687, use=_TRAIN),
    DataUse(name="qa/pquad_fa", licence="CC BY-SA 4.0", split="training part", rows=15_978, use=_TRAIN),
    DataUse(name="qa/tquad_tr", licence="none stated", split="training part", rows=9_200, use=_TRAIN),
    DataUse(name="qa/iapp_th", licence="MIT", split="training part", rows=7_242, use=_TRAIN),
    DataUse(name="qa/drcd_zh-tw", licence="CC BY-SA 3.0", split="training part", rows=7_017, use=_TRAIN),
    DataUse(name="qa/cmrc2018_zh", licence="CC BY-SA 4.0", split="training part", rows=4_221, use=_TRAIN),
    DataUse(name="qa/omosqa", licence="CC BY 4.0", split="training part", rows=4_530, use=_TRAIN),
    DataUse(name="qa/arcd_ar", licence="MIT", split="training part", rows=1_395, use=_TRAIN),
    DataUse(name="qa/qed_nqdev_en", licence="CC BY-SA 3.0", split="training part", rows=1_355, use=_TRAIN),
    DataUse(name="qa/mailong_vi", licence="none stated", split="training part", rows=1_126, use=_TRAIN),
    DataUse(name="qa/persianqa_fa", licence="GPL repository", split="training part", rows=930, use=_TRAIN),
    DataUse(name="qa/tydiqa_goldp_dev_ar", licence="Apache-2.0", split="training part", rows=921, use=_TRAIN),
    DataUse(name="qa/trecqa_en", licence="none stated", split="training part", rows=854, use=_TRAIN),
)
