"""The editors' page: what films and clips there are, why they were chosen, and what people decide about them.

verdicts    what a person decides, recorded in one way whether it was typed or clicked
documents   what clips.json says, as values
library     what a home has: films with their clips
standings   how a film stands, in plain words
rejections  which highlights people rejected
progress    what goes on just now: what runs tell, and what the ledger of arrivals has
packages    HLS packages, and which of their files a browser may see
regions     the regions that a film is shown in
film_pictures
            small pictures that stand for films
materials   the files that a browser may see: those that were made, by names that lead nowhere else
history     all verdicts that were ever given, as rows and as CSV
access      who may look: the key of a home, sessions, and what proves that a change was meant
hosts       under which names the page answers
gate        what every request has to pass before anything reads it
answers     refusals in words, whoever asked
judging     the changes that a page asks for
rooms       what pages show
preparing   what takes a while: made by a thread, with progress, stoppable
recutting, recut_pages
            films that are cut again, one at a time, and the addresses of that
benches, works
            cutting rooms that are open, and what an editor does in one, with all that was done before
drafts      work in cutting rooms that is not saved, on disk
editors     who is at a browser
steps       what a page asks for in a cutting room
clip_drawings, bench_documents
            a clip frame by frame, and a cutting room, as pages read them
bench_pages the addresses of a cutting room
package_pages, playing
            the addresses of packages, and of what plays them and blocks
exchange_pages
            those by which a highlight goes to an editing program and comes back
templates   the HTML of pages/
preset_files, preset_uses, preset_effects, preset_pages
            presets: read, checked and saved; what uses them; what a change would do to clips; their addresses
block_files, block_benches, block_documents, block_pages
            blocks: which there are; their films, measured; orders as pages read them; their addresses
policies    what browsers may do on which page
drop_calendars, drop_looks, drop_documents, drop_pages
            drops: their calendars, what is at their targets, both as a page draws them; their addresses
server      which address answers what
"""
