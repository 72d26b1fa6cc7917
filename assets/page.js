// What every page does beyond htmx, signed in or not: notices, focus, local
// times, and pages that continue by themselves.

// On our own pages the body has our data, and the content is in #main. On a page of
// an app, everything of ours is in #latchkey, and the content is the whole body. htmx
// may replace that (hx-boost), even by a page without App.Body, so nothing is kept. Ours
// is the last of that name: what people write on the page before it could have another.
const appRoot = () => [...document.querySelectorAll('#latchkey[data-app-page]')].at(-1)
const own = !appRoot()
const none = document.createElement('div')
const root = () => own ? document.body : appRoot() ?? none
const main = () => own ? document.getElementById('main') : document.body
const dialog = () => root().querySelector('#dialog')

// What this tab keeps for the next page. The browser may block that, or the app may have
// filled it: then the next page gets nothing.
const keep = (key, value) => {
  try { sessionStorage.setItem(key, value) } catch { /* see above */ }
}
const take = key => {
  try {
    const value = sessionStorage.getItem(key)
    sessionStorage.removeItem(key)
    return value
  } catch { return null }
}

// property reads a property of a form that a field of the same name would hide.
const property = (form, name) => Reflect.get(HTMLFormElement.prototype, name, form)

// here is the page's URL without the fragment. A path alone could start with two
// slashes, and would then name another host.
const here = () => location.href.split('#')[0]

// --- Notices ---

// One notice at a time, in a live region that is on the page from the start, so
// that screen readers announce it. The dialog has its own: while it is open,
// the rest of the page is inert.
const regions = () => root().querySelectorAll('.live-region')
const showNotice = (...nodes) => {
  if (!dialog()) return // App.Body is missing
  for (const region of regions()) region.replaceChildren()
  const region = regions()[dialog().open ? 1 : 0]
  region.append(...nodes)
  if (dialog().open) region.scrollIntoView({ block: 'nearest' })
}
const hasNotice = () => !!regions()[0].firstElementChild

const showText = (textContent, className) => showNotice(Object.assign(document.createElement('p'), { textContent, className }))
const notify = text => showText(text, 'notice')
const warn = text => showText(text, 'notice notice-error')

// A notice for the page that replaces this one.
const notifyLater = text => keep('latchkey-notice', text)
const showStored = () => {
  const text = take('latchkey-notice')
  if (text && !hasNotice()) notify(text)
}

// announceError is for screen readers: everyone else sees the error in the part.
const announceError = part =>
  showText([...part.querySelectorAll('h1, [data-error]')].map(node => node.textContent).join('. '), 'visually-hidden')

// What the person does next removes the notice; a part that an app loads by itself does not.
document.addEventListener('htmx:before:request', event => {
  if (own || event.detail.ctx.sourceEvent.isTrusted) showNotice()
})

document.addEventListener('htmx:error', event => {
  const { text, sourceElement } = event.detail.ctx
  if (text !== undefined || (!own && !root().contains(sourceElement))) return // the response did arrive, or the app handles it
  warn(navigator.onLine ? words.no_connection : words.offline)
})

// Each of our responses has the header "Latchkey-Response: 1". One without it comes from
// something in between (a proxy's error page, a Wi-Fi sign-in) and is never swapped in.
// An app may have other sources.
const isOurs = response => response.headers.get('Latchkey-Response') === '1'

// --- Focus ---

// restoreFocus gives a button back the focus that it lost when it was disabled
// for its request. A dialog cannot do that: the button was disabled when it opened.
const restoreFocus = button => {
  const { activeElement, body } = document
  const lost = activeElement === body || (dialog()?.open === false && dialog().contains(activeElement))
  if (lost && button?.isConnected && !button.disabled) button.focus()
}

// After a plain form the URL's fragment names the part that has changed.
const focusFragment = () => document.getElementById(location.hash.slice(1))?.querySelector('h1, h2')?.focus()

// --- Times ---

const formats = {
  time: { timeStyle: 'short' },
  dateTime: { dateStyle: 'medium', timeStyle: 'short' },
  precise: { dateStyle: 'medium', timeStyle: 'medium' },
}

// localize shows times, which the server writes in UTC, in the reader's time zone
// and language. Where the server writes "2 hours ago", the exact time is in the title.
const localize = part => {
  // A proxy may hide from the server under which name the page was opened.
  for (const notice of part.querySelectorAll('[data-origin]')) if (notice.dataset.origin === location.origin) notice.remove()
  for (const time of part.querySelectorAll('time')) {
    const format = new Intl.DateTimeFormat(undefined, formats[time.dataset.format ?? 'dateTime'])
    const local = format.format(new Date(time.dateTime))
    if (time.title) {
      time.title = local
      continue
    }
    time.title = time.textContent
    time.lang = format.resolvedOptions().locale
    time.textContent = local
  }
}

// --- Pages that continue by themselves ---

// autoContinue follows the link, or submits the form, of a page that only leads to
// the next one. (submit() fires no event, so htmx does not intercept it.)
const autoContinue = () => {
  const next = root().querySelector('#next [data-continue]')
  if (next) setTimeout(() => next.submit ? next.submit() : location.replace(next.href))
}

// htmx waits for the end of a transition, but not for its start, which fails in
// a hidden tab: without this the console reports an unhandled rejection.
const startViewTransition = document.startViewTransition?.bind(document)
if (startViewTransition) document.startViewTransition = update => {
  const transition = startViewTransition(update)
  transition.ready.catch(() => {})
  return transition
}

export { own, root, main, dialog, keep, take, property, here, showNotice, hasNotice, notify, notifyLater, showStored, warn, announceError, isOurs, restoreFocus, focusFragment, localize, autoContinue }
