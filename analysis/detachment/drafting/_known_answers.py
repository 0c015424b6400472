"""Answers whose order is known from their words: agreement, frequency, satisfaction and their kin.

Each list has one line a rank, from least to most; what stands between bars means the same, and a
line that begins with a bar belongs to the one before. Lists with ``{pos}`` are filled in with the
pairs of words of their language, so that they hold for satisfaction, likelihood and so on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from detachment.drafting._names import plain_words

# -- degrees of a word and its opposite ----------------------------------------------------------

_DEGREES = {
    "en": """
        not at all {pos} | not {pos} at all | extremely {neg} | completely {neg} | totally {neg}
            | absolutely {neg}
        not {pos} | very {neg} | strongly {neg} | highly {neg}
        mostly {neg} | moderately {neg} | quite {neg}
        {neg}
        low {pos} | somewhat {neg} | rather {neg} | fairly {neg} | tend to {neg} | not very {pos}
            | not so {pos} | not too {pos} | not particularly {pos} | hardly {pos}
        slightly {neg} | a little {neg} | a bit {neg}
        neither {pos} nor {neg} | neither {pos} or {neg} | neither | neither nor | neutral
            | undecided | neither {neg} nor {pos}
        slightly {pos} | a little {pos} | a bit {pos}
        somewhat {pos} | rather {pos} | fairly {pos} | tend to {pos}
        {pos}
        mostly {pos} | moderately {pos} | quite {pos}
        very {pos} | strongly {pos} | highly {pos}
        extremely {pos} | completely {pos} | totally {pos} | absolutely {pos}
    """,
    "de": """
        überhaupt nicht {pos} | gar nicht {pos} | äußerst {neg} | völlig {neg}
        nicht {pos} | sehr {neg}
        {neg} | ziemlich {neg}
        eher {neg} | eher nicht {pos} | wenig {pos} | kaum {pos} | weniger {pos}
        etwas {neg}
        weder {pos} noch {neg} | weder noch | neutral | teils teils | mittelmäßig | unentschieden
        etwas {pos}
        eher {pos} | einigermaßen {pos} | mäßig {pos}
        {pos} | ziemlich {pos}
        sehr {pos}
        äußerst {pos} | völlig {pos} | extrem {pos}
    """,
    "es": """
        nada {pos} | extremadamente {neg} | totalmente {neg} | completamente {neg}
        no {pos} | muy {neg}
        {neg} | bastante {neg}
        algo {neg} | poco {pos} | no muy {pos}
        ni {pos} ni {neg} | ni {neg} ni {pos} | neutral | indiferente | neutro
        algo {pos} | moderadamente {pos}
        {pos} | bastante {pos}
        muy {pos}
        extremadamente {pos} | totalmente {pos} | completamente {pos}
    """,
    "fr": """
        pas du tout {pos} | tout à fait {neg} | extrêmement {neg} | totalement {neg}
        pas {pos} | très {neg}
        {neg}
        plutôt {neg} | peu {pos} | plutôt pas {pos} | pas très {pos} | assez {neg}
        ni {pos} ni {neg} | neutre | sans opinion tranchée | moyennement {pos}
        plutôt {pos} | assez {pos} | un peu {pos}
        {pos}
        très {pos}
        extrêmement {pos} | tout à fait {pos} | totalement {pos}
    """,
    "nl": """
        helemaal niet {pos} | uiterst {neg} | extreem {neg}
        niet {pos} | zeer {neg} | heel {neg} | erg {neg}
        {neg}
        enigszins {neg} | eerder {neg} | een beetje {neg} | weinig {pos} | niet erg {pos}
            | nauwelijks {pos}
        noch {pos} noch {neg} | niet {pos} niet {neg} | neutraal | niet {pos} en niet {neg}
            | niet {neg} niet {pos}
        enigszins {pos} | eerder {pos} | een beetje {pos} | redelijk {pos} | tamelijk {pos}
        {pos}
        zeer {pos} | heel {pos} | erg {pos}
        uiterst {pos} | extreem {pos}
    """,
    "pt": """
        nada {pos} | extremamente {neg} | totalmente {neg}
        não {pos} | muito {neg}
        {neg} | bastante {neg}
        um pouco {neg} | pouco {pos} | parcialmente {neg}
        nem {pos} nem {neg} | nem {neg} nem {pos} | neutro | indiferente
        um pouco {pos} | moderadamente {pos} | parcialmente {pos} | razoavelmente {pos}
        {pos} | bastante {pos}
        muito {pos}
        extremamente {pos} | totalmente {pos}
    """,
    "it": """
        per niente {pos} | per nulla {pos} | affatto {pos} | estremamente {neg} | totalmente {neg}
            | del tutto {neg}
        non {pos} | molto {neg}
        {neg}
        piuttosto {neg} | abbastanza {neg} | poco {pos} | un po {neg}
        né {pos} né {neg} | né {neg} né {pos} | neutrale | indifferente | neutro
        piuttosto {pos} | abbastanza {pos} | un po {pos} | moderatamente {pos}
        {pos}
        molto {pos}
        estremamente {pos} | totalmente {pos} | del tutto {pos}
    """,
}  # fmt: skip

# Name of the scale: word and opposite. Endings of gender and number stand between slashes.
_PAIRS = {
    "en": {
        "agree": "agree disagree",
        "satisfied": "satisfied dissatisfied, satisfied unsatisfied",
        "likely": "likely unlikely, probable improbable",
        "important": "important unimportant",
        "happy": "happy unhappy",
        "true": "true untrue, true false, accurate inaccurate, characteristic uncharacteristic",
        "comfortable": "comfortable uncomfortable",
        "useful": "useful useless, helpful unhelpful",
        "confident": "confident unconfident",
    },
    "de": {
        "satisfied": "zufrieden unzufrieden",
        "likely": "wahrscheinlich unwahrscheinlich",
        "important": "wichtig unwichtig",
        "happy": "glücklich unglücklich",
        "useful": "nützlich nutzlos, hilfreich unhilfreich",
    },
    "es": {
        "satisfied": "satisfecho/a/os/as insatisfecho/a/os/as",
        "likely": "probable improbable",
        "important": "importante irrelevante, importante sin importancia",
        "happy": "feliz infeliz, contento/a descontento/a",
        "useful": "útil inútil",
    },
    "fr": {
        "satisfied": "satisfait/e/s/es insatisfait/e/s/es, satisfait/e/s/es mécontent/e/s/es",
        "likely": "probable improbable, vraisemblable invraisemblable",
        "important": "important/e insignifiant/e",
        "happy": "heureux malheureux, heureuse malheureuse",
        "useful": "utile inutile",
    },
    "nl": {
        "satisfied": "tevreden ontevreden",
        "likely": "waarschijnlijk onwaarschijnlijk",
        "important": "belangrijk onbelangrijk",
        "happy": "gelukkig ongelukkig",
        "useful": "nuttig nutteloos",
    },
    "pt": {
        "satisfied": "satisfeito/a/os/as insatisfeito/a/os/as",
        "likely": "provável improvável",
        "important": "importante irrelevante, importante sem importância",
        "happy": "feliz infeliz",
        "useful": "útil inútil",
    },
    "it": {
        "satisfied": "soddisfatto/a/i/e insoddisfatto/a/i/e",
        "likely": "probabile improbabile",
        "important": "importante irrilevante, importante senza importanza",
        "happy": "felice infelice",
        "useful": "utile inutile",
    },
}
_MOST, _LONGEST = 13, 60  # labels of a list, and letters of a label
_OPPOSITES = ("un", "dis", "in", "im", "ir", "des", "on")

# -- whole lists ----------------------------------------------------------------------------------

_LISTS = {
    ("agree", "en"): """
        do not agree at all | fully disagree | entirely disagree | definitely disagree
        generally disagree
        disagree | do not agree
        partly disagree | inclined to disagree
        neither agree nor disagree | partly agree partly disagree | unsure | not sure | neutral
            | undecided
        partly agree | inclined to agree
        agree
        generally agree
        fully agree | entirely agree | definitely agree
    """,
    ("agree", "de"): """
        stimme überhaupt nicht zu | stimme gar nicht zu | stimme ganz und gar nicht zu
            | lehne völlig ab | stimme absolut nicht zu | lehne stark ab
        stimme nicht zu | lehne ab | stimme weitgehend nicht zu
        stimme eher nicht zu | lehne eher ab | stimme weniger zu | stimme kaum zu | stimme wenig zu
        teils teils | weder noch | neutral | unentschieden | weder zustimmung noch ablehnung
            | stimme teilweise zu | stimme teils zu
        stimme eher zu | stimme etwas zu
        stimme zu | stimme weitgehend zu | stimme überwiegend zu | stimme ziemlich zu
        stimme voll zu | stimme voll und ganz zu | stimme völlig zu | stimme vollkommen zu
            | stimme sehr zu | stimme stark zu | stimme vollständig zu | stimme absolut zu
    """,
    ("applies", "de"): """
        trifft überhaupt nicht zu | trifft gar nicht zu | trifft ganz und gar nicht zu
            | trifft absolut nicht zu
        trifft nicht zu | trifft weitgehend nicht zu
        trifft eher nicht zu | trifft wenig zu | trifft weniger zu | trifft kaum zu
        teils teils | weder noch | neutral | trifft teilweise zu | trifft teils zu
            | trifft mittelmäßig zu
        trifft eher zu | trifft etwas zu
        trifft zu | trifft ziemlich zu | trifft weitgehend zu | trifft überwiegend zu
        trifft voll zu | trifft voll und ganz zu | trifft völlig zu | trifft vollkommen zu
            | trifft sehr zu | trifft genau zu | trifft vollständig zu
    """,
    ("agree", "es"): """
        totalmente en desacuerdo | muy en desacuerdo | completamente en desacuerdo
            | nada de acuerdo | fuertemente en desacuerdo
        en desacuerdo | bastante en desacuerdo
        algo en desacuerdo | más bien en desacuerdo | parcialmente en desacuerdo
            | ligeramente en desacuerdo | poco de acuerdo
        ni de acuerdo ni en desacuerdo | ni en desacuerdo ni de acuerdo | neutral | indeciso
            | indiferente | neutro
        algo de acuerdo | más bien de acuerdo | parcialmente de acuerdo | ligeramente de acuerdo
        de acuerdo | bastante de acuerdo
        totalmente de acuerdo | muy de acuerdo | completamente de acuerdo | fuertemente de acuerdo
    """,
    ("agree", "fr"): """
        pas du tout d'accord | tout à fait en désaccord | fortement en désaccord
            | totalement en désaccord | très en désaccord
        pas d'accord | en désaccord
        plutôt pas d'accord | plutôt en désaccord | peu d'accord | partiellement en désaccord
            | un peu en désaccord
        ni d'accord ni pas d'accord | ni en accord ni en désaccord | ni d'accord ni en désaccord
            | neutre | indécis
        plutôt d'accord | un peu d'accord | partiellement d'accord | assez d'accord
        d'accord | en accord
        tout à fait d'accord | fortement d'accord | totalement d'accord | entièrement d'accord
            | très d'accord
    """,
    ("agree", "nl"): """
        helemaal mee oneens | zeer mee oneens | helemaal niet mee eens | sterk mee oneens
            | helemaal oneens | zeer oneens | geheel mee oneens | volledig mee oneens
        mee oneens | oneens | niet mee eens
        enigszins mee oneens | een beetje mee oneens | eerder oneens | enigszins oneens
            | eerder mee oneens
        niet mee eens niet mee oneens | noch mee eens noch mee oneens | neutraal
            | niet eens niet oneens | noch eens noch oneens | niet mee eens en niet mee oneens
            | niet mee eens of oneens
        enigszins mee eens | een beetje mee eens | eerder eens | enigszins eens | eerder mee eens
        mee eens | eens
        helemaal mee eens | zeer mee eens | sterk mee eens | helemaal eens | zeer eens
            | geheel mee eens | volledig mee eens
    """,
    ("agree", "pt"): """
        discordo totalmente | discordo completamente | discordo fortemente | discordo plenamente
            | discordo muito
        discordo
        discordo parcialmente | discordo um pouco | discordo em parte | discordo ligeiramente
        não concordo nem discordo | nem concordo nem discordo | neutro | indiferente | indeciso
            | não discordo nem concordo
        concordo parcialmente | concordo um pouco | concordo em parte | concordo ligeiramente
        concordo
        concordo totalmente | concordo completamente | concordo fortemente | concordo plenamente
            | concordo muito
    """,
    ("agree", "it"): """
        completamente in disaccordo | totalmente in disaccordo | fortemente in disaccordo
            | per niente d'accordo | del tutto in disaccordo | per nulla d'accordo
            | molto in disaccordo
        in disaccordo | non d'accordo | non sono d'accordo
        abbastanza in disaccordo | parzialmente in disaccordo | piuttosto in disaccordo
            | poco d'accordo | leggermente in disaccordo
        né d'accordo né in disaccordo | né in accordo né in disaccordo | neutrale | neutro
            | incerto | indeciso
        abbastanza d'accordo | parzialmente d'accordo | piuttosto d'accordo | leggermente d'accordo
        d'accordo | sono d'accordo
        completamente d'accordo | totalmente d'accordo | fortemente d'accordo
            | pienamente d'accordo | del tutto d'accordo | molto d'accordo
    """,
    ("frequency", "en"): """
        never | at no time | not at all
        almost never | hardly ever | nearly never
        very rarely | very seldom
        rarely | seldom | once in a while | infrequently | not often
        occasionally | now and then | several days
        sometimes | some of the time | from time to time
        about half the time | half of the time | half the time | more than half the days
        often | frequently | much of the time | regularly
        very often | usually | most of the time | very frequently | generally
        almost always | nearly always | nearly every day | nearly all the time | almost all the time
        always | all the time | all of the time | every time | at all times
    """,
    ("how_often", "en"): """
        never | not at all
        less than once a year | once a year or less
        once a year | once
        a few times a year | a few times per year | several times a year | less than once a month
            | twice
        once a month or less
        once a month | monthly | two or three times | about monthly
        a few times a month | a few times per month | several times a month
            | two or three times a month | 2 3 times a month | less than once a week
        once a week or less
        once a week | weekly | about weekly | about once a week
        a few times a week | a few times per week | several times a week | 2 3 times a week
            | two or three times a week | more than once a week
        almost every day | nearly every day | most days
        daily | every day | every night | once a day
        several times a day | more than once a day | many times a day
    """,
    ("frequency", "de"): """
        nie | niemals | zu keiner zeit | überhaupt nicht
        fast nie | so gut wie nie | beinahe nie
        sehr selten
        selten | an einzelnen tagen
        ab und zu | gelegentlich | hin und wieder
        manchmal | von zeit zu zeit
        etwa die hälfte der zeit | die hälfte der zeit | an mehr als der hälfte der tage
        oft | häufig | regelmäßig
        sehr oft | sehr häufig | meistens | meist
        fast immer | beinahe immer | beinahe jeden tag | fast jeden tag
        immer | stets | die ganze zeit | jederzeit
    """,
    ("frequency", "es"): """
        nunca | jamás | en ningún momento
        casi nunca
        muy rara vez | muy raramente | muy pocas veces
        rara vez | raramente | pocas veces
        de vez en cuando | ocasionalmente
        a veces | algunas veces
        la mitad del tiempo | la mitad de las veces
        a menudo | frecuentemente | con frecuencia | muchas veces | regularmente
        muy a menudo | muy frecuentemente | con mucha frecuencia | generalmente
            | la mayoría de las veces | normalmente
        casi siempre
        siempre | todo el tiempo
    """,
    ("frequency", "fr"): """
        jamais | à aucun moment
        presque jamais
        très rarement
        rarement
        de temps en temps | occasionnellement | de temps à autre
        parfois | quelquefois
        la moitié du temps
        souvent | fréquemment | régulièrement
        très souvent | très fréquemment | la plupart du temps | généralement
        presque toujours
        toujours | tout le temps
    """,
    ("frequency", "nl"): """
        nooit | op geen enkel moment
        bijna nooit | vrijwel nooit | haast nooit
        heel zelden | zeer zelden
        zelden
        af en toe | nu en dan
        soms
        de helft van de tijd | ongeveer de helft van de tijd
        vaak | dikwijls | regelmatig
        heel vaak | zeer vaak | erg vaak | meestal | meestentijds
        bijna altijd | vrijwel altijd
        altijd | de hele tijd | voortdurend
    """,
    ("frequency", "pt"): """
        nunca | jamais | em nenhum momento
        quase nunca
        muito raramente
        raramente | poucas vezes
        de vez em quando | ocasionalmente
        às vezes | algumas vezes | por vezes
        metade do tempo
        frequentemente | muitas vezes | com frequência | regularmente
        muito frequentemente | na maioria das vezes | geralmente | com muita frequência
        quase sempre
        sempre | o tempo todo
    """,
    ("frequency", "it"): """
        mai | in nessun momento
        quasi mai
        molto raramente
        raramente | di rado
        di tanto in tanto | ogni tanto | occasionalmente
        a volte | qualche volta | talvolta
        metà del tempo
        spesso | frequentemente | regolarmente
        molto spesso | molto frequentemente | la maggior parte delle volte | di solito
        quasi sempre
        sempre | tutto il tempo
    """,
    ("amount", "en"): """
        not at all | none | none at all | nothing
        very little | hardly at all
        a little | slightly | a little bit | not much | a bit | low | very slightly or not at all
        somewhat | some | to some extent | moderately | a moderate amount | medium | partly
        quite a bit | considerably | quite a lot | much | fairly much | high
        a lot | very much | a great deal | very
        extremely | completely | totally | entirely
    """,
    ("amount", "de"): """
        überhaupt nicht | gar nicht
        sehr wenig | kaum
        wenig | ein wenig | ein bisschen | etwas
        mäßig | mittel | teilweise | mittelmäßig | einigermaßen
        ziemlich | viel | stark
        sehr | sehr viel | sehr stark
        extrem | äußerst | völlig | vollkommen
    """,
    ("amount", "es"): """
        nada | en absoluto | nada en absoluto
        muy poco
        poco | un poco
        algo | moderadamente | regular
        bastante
        mucho
        muchísimo | extremadamente | completamente | totalmente
    """,
    ("amount", "fr"): """
        pas du tout | aucunement
        très peu
        un peu | peu
        moyennement | modérément | assez
        beaucoup
        énormément | extrêmement | tout à fait | complètement
    """,
    ("amount", "nl"): """
        helemaal niet
        heel weinig | nauwelijks
        een beetje | weinig
        matig | enigszins | redelijk
        tamelijk veel | nogal | veel
        heel veel | zeer veel | erg veel | heel erg
        extreem | volledig | helemaal
    """,
    ("amount", "pt"): """
        nada | de modo nenhum
        muito pouco
        pouco | um pouco
        moderadamente | mais ou menos | médio
        bastante
        muito
        muitíssimo | extremamente | completamente
    """,
    ("amount", "it"): """
        per niente | per nulla | affatto
        molto poco | pochissimo
        poco | un po
        abbastanza | moderatamente
        molto
        moltissimo | estremamente | completamente
    """,
    ("quality", "en"): """
        terrible | extremely bad | awful | extremely poor
        very bad | very poor
        bad | poor | below average
        rather bad | somewhat bad | rather poor
        fair | average | acceptable | ok | okay | neither good nor bad | mediocre | neutral
        rather good | somewhat good | satisfactory
        good | above average
        very good
        excellent | extremely good | outstanding | perfect
    """,
    ("quality", "de"): """
        äußerst schlecht | miserabel | ungenügend
        sehr schlecht | mangelhaft
        schlecht | ausreichend
        eher schlecht
        mittelmäßig | befriedigend | weder gut noch schlecht | teils teils | mittel
            | durchschnittlich | neutral
        eher gut
        gut
        sehr gut
        ausgezeichnet | hervorragend | exzellent
    """,
    ("quality", "es"): """
        pésimo | pésima | extremadamente malo | extremadamente mala
        muy malo | muy mala | muy mal
        malo | mala | mal
        regular | aceptable | ni bueno ni malo | ni buena ni mala | normal | neutral
        bueno | buena | bien
        muy bueno | muy buena | muy bien
        excelente
    """,
    ("quality", "fr"): """
        extrêmement mauvais | exécrable
        très mauvais | très mauvaise | très mal
        mauvais | mauvaise | mal
        plutôt mauvais | plutôt mauvaise | médiocre
        moyen | moyenne | passable | ni bon ni mauvais | ni bonne ni mauvaise | neutre
        plutôt bon | plutôt bonne | assez bon | assez bonne | assez bien
        bon | bonne | bien
        très bon | très bonne | très bien
        excellent | excellente
    """,
    ("quality", "nl"): """
        zeer slecht | heel slecht | erg slecht
        slecht | onvoldoende
        matig | eerder slecht
        redelijk | voldoende | gemiddeld | niet goed niet slecht | neutraal | noch goed noch slecht
        eerder goed
        goed
        zeer goed | heel goed | erg goed
        uitstekend
    """,
    ("quality", "pt"): """
        péssimo | péssima
        muito ruim | muito mau | muito má
        ruim | mau | má
        regular | razoável | nem bom nem ruim | nem bom nem mau | médio | média | neutro
        bom | boa
        muito bom | muito boa
        excelente | ótimo | ótima
    """,
    ("quality", "it"): """
        pessimo | pessima
        molto cattivo | molto scarso | molto scarsa | molto male
        cattivo | cattiva | scarso | scarsa | insufficiente | male
        sufficiente | discreto | discreta | né buono né cattivo | medio | neutro | mediocre
        buono | buona | bene
        molto buono | molto buona | molto bene
        ottimo | ottima | eccellente
    """,
    ("likely", "en"): """
        definitely not | certainly not | no chance
        very unlikely | most likely not
        probably not | unlikely
        possibly | maybe | perhaps | might or might not | neither likely nor unlikely
        probably | likely
        very probably | very likely | most likely
        definitely | certainly | definitely yes
    """,
    ("likely", "de"): """
        auf keinen fall | bestimmt nicht | sicher nicht
        wahrscheinlich nicht | eher nicht
        vielleicht | möglicherweise
        wahrscheinlich | eher ja
        ganz wahrscheinlich | sehr wahrscheinlich
        auf jeden fall | bestimmt | ganz sicher | sicher
    """,
    ("yes_no", "en"): "no | n\nyes | y",
    ("yes_no", "de"): "nein | n\nja | j",
    ("yes_no", "es"): "no\nsí",
    ("yes_no", "fr"): "non\noui",
    ("yes_no", "nl"): "nee\nja",
    ("yes_no", "pt"): "não\nsim",
    ("yes_no", "it"): "no\nsì",
    ("true_false", "en"): "false | incorrect | wrong\ntrue | correct | right",
    ("true_false", "de"): "falsch\nrichtig | wahr",
    ("true_false", "es"): "falso\nverdadero | cierto",
    ("true_false", "fr"): "faux\nvrai",
    ("true_false", "nl"): "onjuist | niet waar\njuist | waar",
    ("true_false", "pt"): "falso\nverdadeiro",
    ("true_false", "it"): "falso\nvero",
    ("consent", "en"): """
        i do not agree | i disagree | i do not consent | no i do not agree | no i do not consent
            | i decline | i do not wish to participate | i do not want to participate
        i agree | i consent | yes i agree | yes i consent | i accept | i wish to participate
            | i want to participate | i agree to participate
    """,
    ("consent", "de"): """
        ich stimme nicht zu | nein ich stimme nicht zu | ich bin nicht einverstanden | ich lehne ab
        ich stimme zu | ja ich stimme zu | ich bin einverstanden | einverstanden
    """,
    ("consent", "es"): "no acepto | no estoy de acuerdo\nacepto | sí acepto | estoy de acuerdo",
    ("consent", "fr"): "je n'accepte pas | je refuse\nj'accepte | oui j'accepte",
    ("consent", "nl"): "ik ga niet akkoord | niet akkoord\nik ga akkoord | akkoord",
    ("consent", "pt"): "não aceito | não concordo em participar\naceito | concordo em participar",
    ("consent", "it"): "non accetto | non acconsento\naccetto | acconsento",
    ("chosen", "en"): (
        "not chosen | not selected | unchecked | not quoted\n"
        "chosen | selected | checked | quoted"
    ),
    ("chosen", "de"): "nicht gewählt | nicht ausgewählt\ngewählt | ausgewählt",
    ("size", "en"): """
        very low | very small
        low | small
        medium | middle | moderate
        high | large
        very high | very large
    """,
}  # fmt: skip

# -- answers that are none ------------------------------------------------------------------------

_NONE = {
    "prefer_not_to_say": """
        prefer not to say | prefer not to answer | i prefer not to say | i prefer not to answer
        i d rather not say | rather not say | decline to answer | i would rather not answer
        refused | do not wish to answer
        keine angabe | möchte ich nicht sagen | möchte ich nicht beantworten | k a
        ich möchte nicht antworten | möchte nicht antworten | keine antwort
        prefiero no decir | prefiero no decirlo | prefiero no responder | prefiero no contestar
        je préfère ne pas répondre | je préfère ne pas le dire | ne souhaite pas répondre
        préfère ne pas répondre | je ne souhaite pas répondre
        zeg ik liever niet | wil ik niet zeggen | wil ik liever niet zeggen | liever niet zeggen
        prefiro não dizer | prefiro não responder | preferisco non rispondere | preferisco non dirlo
    """,
    "not_applicable": """
        not applicable | does not apply | n a | does not apply to me | not applicable to me
        nicht zutreffend | nicht anwendbar | entfällt | no aplica | no procede | no aplicable
        non applicable | sans objet | ne s'applique pas | niet van toepassing | n v t
        não se aplica | não aplicável | non applicabile | non si applica
    """,
    "dont_know": """
        don't know | i don't know | do not know | i do not know | can't say | cannot say | dont know
        weiß nicht | weiß ich nicht | ich weiß nicht | ich weiß es nicht
        no sé | no sabe | ns nc | no lo sé | je ne sais pas | ne sait pas
        weet niet | weet ik niet | ik weet het niet | não sei | não sabe | non so | non lo so
    """,
    "not_shown": "not seen | not shown | nicht gesehen | nicht gezeigt",
    "not_answered": """
        no answer | not answered | missing | na | nan | null | skipped | unanswered
        nicht beantwortet | sin respuesta | sans réponse | pas de réponse | geen antwoord
        sem resposta | nessuna risposta | undetermined
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Answers in a known order.

    ``order`` lists positions of the answers, least first; ``ranks`` are their places in the whole
    list, whose last place is ``top``. ``own`` words are those of the labels themselves
    ("somewhat polarized"): they may be somebody's, and are no known answers.
    """

    name: str
    language: str
    order: tuple[int, ...]
    ranks: tuple[int, ...]
    top: int
    own: bool = False

    @property
    def symmetric(self) -> bool:
        """Whether every answer has its opposite, so that none is likely to be missing."""
        pairs = zip(self.ranks, reversed(self.ranks), strict=True)
        return all(low + high == self.top for low, high in pairs)


def rank(labels: Sequence[str]) -> Ranked | None:
    """Find the order of answers from their words; None where it is not known.

    Examples
    --------
    >>> rank(["Agree", "Strongly disagree", "Neutral"]).order
    (1, 2, 0)
    >>> rank(["Zug", "Bus", "Rad"]) is None
    True
    """
    if not 2 <= len(labels) <= _MOST or max(map(len, labels)) > _LONGEST:
        return None
    keys = [_key(label) for label in labels]
    if len(set(keys)) < len(keys):
        return None
    for name, language, ranks in _tables():
        if all(key in ranks for key in keys):
            found = [ranks[key] for key in keys]
            if len(set(found)) == len(found):
                return _ranked(name, language, ranks, keys)
    for language, template in _DEGREES.items():
        for pos, neg in _own_words(labels):
            ranks = _ranks(template.format(pos=pos, neg=neg))
            if all(key in ranks for key in keys) and len({ranks[k] for k in keys}) == len(keys):
                name = re.sub(r"\W+", "_", plain_words(pos)).strip("_") or "degree"
                return replace(_ranked(name, language, ranks, keys), own=True)
    return None


def is_known(label: str) -> bool:
    """Whether a label is an answer of some known list: such words tell nothing of a person."""
    return reason_of(label) is not None or _key(label) in _all_keys()


def reason_of(label: str) -> str | None:
    """Reason for a missing answer that a label gives; None where it is an answer.

    Examples
    --------
    >>> reason_of("Prefer not to say"), reason_of("weiß nicht"), reason_of("None")
    ('prefer_not_to_say', 'dont_know', None)
    """
    return _reasons().get(plain_words(label))


def _ranked(name: str, language: str, ranks: Mapping[str, int], keys: Sequence[str]) -> Ranked:
    found = [ranks[key] for key in keys]
    return Ranked(
        name=name,
        language=language,
        order=tuple(sorted(range(len(found)), key=found.__getitem__)),
        ranks=tuple(sorted(found)),
        top=max(ranks.values()),
    )


def _own_words(labels: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Words that most of the labels share in some form, each with what may be its opposites."""
    words = [plain_words(label).split() for label in labels]
    lines = [" ".join(some) for some in words]
    alike = {word: sum(word in line for line in lines) for some in words for word in some}
    shared = sorted(w for w, n in alike.items() if len(w) > 3 and 2 * n >= len(labels) and n > 1)
    for word in shared:
        for start in _OPPOSITES:
            yield word, start + word


def _key(text: str) -> str:
    """Letters of a label in alphabetical order.

    Words in another order ("agree strongly") and letters in another order ("stronlgy agree") are
    the same answer.
    """
    return "".join(sorted(plain_words(text).replace(" ", "")))


def _ranks(lines: str) -> dict[str, int]:
    rows = [line for line in re.sub(r"\n\s*\|", "|", lines).split("\n") if line.strip()]
    return {_key(word): i for i, line in enumerate(rows) for word in line.split("|")}


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[str, str, Mapping[str, int]], ...]:
    """Every list: its name, its language, and the rank of each answer by its key."""
    filled = [
        (name, language, _ranks(_DEGREES[language].format(pos=pos, neg=neg)))
        for language, pairs in _PAIRS.items()
        for name, words in pairs.items()
        for pos, neg in _forms(words)
    ]
    whole = [(name, language, _ranks(lines)) for (name, language), lines in _LISTS.items()]
    return (*whole, *filled)


def _forms(words: str) -> Iterable[tuple[str, str]]:
    """Pairs with their endings: ``satisfait/e insatisfait/e`` gives both genders."""
    for pair in words.split(", "):
        pos, neg = pair.split(" ", 1)
        stems = [part.split("/") for part in (pos, neg)]
        yield stems[0][0], stems[1][0]
        for ending in stems[0][1:]:
            yield tuple(  # type: ignore[misc]
                (s[0][:-1] if s[0][-1] == "o" else s[0]) + ending for s in stems
            )


@lru_cache(maxsize=1)
def _all_keys() -> frozenset[str]:
    return frozenset(key for *_, ranks in _tables() for key in ranks)


@lru_cache(maxsize=1)
def _reasons() -> Mapping[str, str]:
    return {
        plain_words(word): reason
        for reason, lines in _NONE.items()
        for line in lines.split("\n")
        for word in line.split("|")
        if word.strip()
    }
