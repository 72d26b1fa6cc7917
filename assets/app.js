// What the pages need beyond htmx. Without htmx its events never come, the
// forms are plain ones, and only the last two parts have something to do.
(() => {
  'use strict'

  const live = document.getElementById('live')

  // One notice at a time, in the live region that the page came with: what
  // appears there is read aloud.
  const tell = (...nodes) => live.replaceChildren(...nodes)

  const warn = text => {
    const notice = document.createElement('p')
    notice.className = 'notice notice-trouble'
    notice.textContent = text
    tell(notice)
  }

  // Every answer of ours says "Latchkey: 1". One that does not is another's
  // (a proxy's error page, a café's login): it is never swapped in.
  document.addEventListener('htmx:before:response', event => {
    if (event.detail.ctx.response.headers.get('Latchkey') === '1') return
    event.preventDefault()
    warn('Something between you and this page answered in its place. Wait a moment, then try again.')
  })

  document.addEventListener('htmx:error', event => {
    if (!event.detail.ctx || event.detail.ctx.response) return // an answer did come
    warn(navigator.onLine
      ? 'No answer came. Check your connection, then try again.'
      : 'You are offline. Try again once you are connected.')
  })

  document.addEventListener('htmx:before:request', () => tell())

  // A button that was disabled while its request ran has lost the focus. htmx
  // enables it right after this event; a microtask later it can have it back.
  document.addEventListener('htmx:finally:request', event => {
    const button = event.detail.ctx.request.submitter
    queueMicrotask(() => {
      if (button?.isConnected && !button.disabled && document.activeElement === document.body) button.focus()
    })
  })

  // What is swapped in brings its page title and perhaps a notice, and its
  // heading takes the focus, unless the person is already elsewhere.
  document.addEventListener('htmx:after:settle', event => {
    const part = event.detail.newContent.find(node => node.nodeType === Node.ELEMENT_NODE)
    if (!part) return
    if (part.dataset.title) document.title = part.dataset.title
    const notice = part.querySelector('.notice')
    if (notice) tell(notice)
    localise(part)
    if (document.activeElement === document.body) part.querySelector('h1')?.focus()
  })

  // The server writes times in UTC; here they become the reader's own.
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  const localise = part => {
    for (const time of part.querySelectorAll('time')) {
      time.title = time.textContent
      time.lang = format.resolvedOptions().locale
      time.textContent = format.format(new Date(time.dateTime))
    }
  }
  localise(document)

  // A page that the browser kept may show someone who has signed out since,
  // with a button still waiting for its answer: ask again.
  addEventListener('pageshow', event => {
    if (event.persisted) location.reload()
  })
})()
