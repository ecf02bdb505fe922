// Package internal documents the packages below it: the laws that all of them
// keep, and which may import which. Comments and tests cite a law by its
// number.
//
// # Laws
//
//  1. A cached page is a pure function of (build, version, language, canonical
//     query). Nothing else of a request reaches its bytes: no header, cookie,
//     host, unknown parameter or session; nor does the clock. Warming calls the
//     same function.
//  2. Cached bytes hold nothing personal. Basket, flash and session belong to
//     routes with the session middleware and Cache-Control: no-store; cached
//     routes neither read nor write a session. A cached page shows the basket's
//     count from a small readable cookie that holds only a number.
//  3. A fragment receives only its declared inputs, so its key cannot omit one.
//  4. A clear is hard, expiry is soft. After a clear no process serves what was
//     stored before it, and a writer that began before it stores nothing.
//  5. The cache may fail; pages may not. With Redis gone, slow or full of
//     garbage, every public page still returns 200, quickly. Only what needs a
//     session degrades, with a page that says so. A visitor's cookie is never
//     deleted because Redis failed.
//  6. Sessions are not cache. No clear of any kind ends a session.
//  7. Keys are finite. Only values that exist (a group, category, sort or page
//     number) make a key in Redis; free-text search never does.
//  8. What may not be sold online cannot be ordered. Prescription, controlled
//     and expired medicines have no order form, and the server refuses a forged
//     one.
//  9. What cannot be read is not safe. An unreadable or ambiguous date, number,
//     class or unit is reported and closes a sale; it never opens one.
//  10. One medicine is never returned for another. What merely resembles the
//     query is offered as a question, and every result says what matched.
//  11. The cost of a change grows with the change, and the cost of a request is
//     bounded. No visitor waits for work that grows with the catalogue.
//
// # Packages
//
// An entry ends with the other packages of this tree that the package may
// import. TestImports in cmd/pharmacy enforces that.
//
//	catalogue          what a medicine is: plain values, classes,
//	                   prices, strengths, expiry          -
//	catalogue/catfile  reading and writing the catalogue
//	                   file, faults with their places     catalogue
//	catalogue/sheet    the catalogue as a spreadsheet,
//	                   there and back                     catalogue, catfile
//	catalogue/lint     warnings for a person              catalogue, catfile, search
//	search             folding of four languages, index,
//	                   queries                            -
//	shelf              an immutable snapshot: a catalogue
//	                   on a day, listed, ordered, found   catalogue, catfile, search
//	supply             the current shelf: from a file,
//	                   and by agreement of a fleet        catalogue, catfile, shelf, cache
//	cart               lines, quantities, totals; pure    catalogue, shelf
//	cache              tiers, generations, read-through
//	                   loading, coalescing, breaker       -
//	pagecache          full-page HTTP caching: policies,
//	                   canonical keys, warming            cache, conneg
//	conneg             content encodings and validators   -
//	render             template sets, fragments,
//	                   messages, numbers and dates        -
//	assets             hashed, precompressed static files conneg
//	session            typed access to scs                cart
//	storefront         routes, handlers, page structs,
//	                   errors                             all above
//	cork               a listener that joins the first two
//	                   writes of a response               -
//	redistest          a real redis-server                tests only
//
// Only cache, redistest and cmd/pharmacy import go-redis; only session imports
// scs and redigo; only storefront imports chi.
package internal
