"""What HLS packages are asked, and what they answer: facts of anybody's package, and every rule a machine can check.

package      what was read of a package: playlists, initialization segments, segments, answers of a server
segments     what one segment's bytes say: times, key pictures, cues
rates        bit rates as RFC 8216 counts them
demand       what playing a variant can demand of a network
rules        what a rule is, and what it found
rulebook     RULES, all of them in the order in which they are told, from texts, choices,
             agreement, ladder, pictures, cadence, sounds, continuity, timing, subtitles, keyframes and delivery
conformance  judge(package) → Conformance, and the document of it
"""
