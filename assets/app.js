// What the pages need beyond htmx. Without htmx its events never come, the
// forms are plain ones, and a page that must change is loaded anew. The script
// knows no URL: attributes of the page name them.
(() => {
  'use strict'

  const page = document.body.dataset
  const main = document.getElementById('main')
  const dialog = document.getElementById('dialog')
  const dialogPart = document.getElementById('dialog-part')

  // --- Notices ---

  // One notice at a time, in a live region that the page came with: what appears
  // there is read aloud. An open dialog has its own, for the page's is behind it.
  const [live, liveInDialog] = document.querySelectorAll('.live')
  const tell = (...nodes) => {
    live.replaceChildren()
    liveInDialog.replaceChildren()
    const here = dialog.open ? liveInDialog : live
    here.append(...nodes)
    if (dialog.open) here.scrollIntoView({ block: 'nearest' })
  }

  const say = (text, kind = '') =>
    tell(Object.assign(document.createElement('p'), { className: kind === 'unseen' ? kind : `notice ${kind}`, textContent: text }))
  // What failed is on the page, so this is for those who hear the page only.
  const announce = part => say([...part.querySelectorAll('h1, [data-failure]')].map(node => node.textContent).join('. '), 'unseen')
  const warn = text => say(text, 'notice-trouble')

  // Every answer of ours says "Latchkey: 1". One that does not is another's
  // (a proxy's error page, a café's login): it is never swapped in.
  const ours = answer => answer.headers.get('Latchkey') === '1'

  document.addEventListener('htmx:before:response', event => {
    const { ctx } = event.detail
    if (!ours(ctx.response)) {
      event.preventDefault()
      warn("We couldn't reach Latchkey. Check your connection or any Wi-Fi sign-in page.")
    } else if (ctx.response.status === 409) {
      event.preventDefault()
      turnTo('Someone else is signed in now, so nothing was changed.')
    } else if (ctx.response.status === 401 && ctx.hx.retarget === '#dialog-part') {
      refused = { ...ctx } // before the dialog becomes its target
    }
  })

  document.addEventListener('htmx:error', event => {
    if (event.detail.ctx.text !== undefined) return // an answer did come, all of it
    warn(navigator.onLine ? "We couldn't connect. Check your connection, then try again." : "You're offline. Try again when you're connected.")
  })

  document.addEventListener('htmx:before:request', () => tell())

  // --- Swaps ---

  // htmx awaits the end of a transition, but not its beginning, which fails in a
  // hidden tab: nobody else takes note of that.
  const startViewTransition = document.startViewTransition?.bind(document)
  if (startViewTransition) document.startViewTransition = update => {
    const transition = startViewTransition(update)
    transition.ready.catch(() => {})
    return transition
  }

  // A button that was disabled while its request ran has lost the focus, also to
  // a dialog, which then has nobody to give it back to.
  const refocus = button => {
    const { activeElement, body } = document
    const lost = activeElement === body || (!dialog.open && dialog.contains(activeElement))
    if (lost && button?.isConnected && !button.disabled) button.focus()
  }

  // htmx enables it right after this event; a microtask later it can have it back.
  document.addEventListener('htmx:finally:request', event => {
    const { request, hx } = event.detail.ctx
    if (leaving && !hx?.redirect) { // a Sign Out that came to nothing
      leaving = false
      follow()
    }
    queueMicrotask(() => refocus(request.submitter))
  })

  // What is swapped in brings its page title and perhaps a notice, and its
  // heading takes the focus, unless the person is already elsewhere. All of
  // that before it is painted: what came later would shift.
  document.addEventListener('htmx:before:settle', event => {
    const part = event.detail.newContent.find(node => node.nodeType === Node.ELEMENT_NODE)
    if (!part) return
    localise(part)
    if (dialog.contains(part)) {
      if (!dialog.open) dialog.showModal() // which in Firefox puts the focus on a button
      return part.querySelector('h2').focus()
    }
    if (part.dataset.title) document.title = part.dataset.title
    if (part.matches('.part')) anew() // which closes the dialog: a notice in it would go with it
    const notice = part.querySelector('.notice')
    if (notice) tell(notice)
    else if (part.querySelector('[data-failure]')) announce(part)
    if (document.activeElement === document.body) part.querySelector('h1, h2')?.focus()
  })

  // The server writes times in UTC; here they become the reader's own. Where it
  // writes "2 hours ago", the exact time is in the title.
  const formats = {
    clock: { timeStyle: 'short' },
    moment: { dateStyle: 'medium', timeStyle: 'short' },
    precise: { dateStyle: 'medium', timeStyle: 'medium' },
  }
  const localise = part => {
    // A proxy may hide from the server under which name the page was opened.
    for (const notice of part.querySelectorAll('[data-origin]')) if (notice.dataset.origin === location.origin) notice.remove()
    for (const time of part.querySelectorAll('time')) {
      const format = new Intl.DateTimeFormat(undefined, formats[time.dataset.format ?? 'moment'])
      const own = format.format(new Date(time.dateTime))
      if (time.title) {
        time.title = own
        continue
      }
      time.title = time.textContent
      time.lang = format.resolvedOptions().locale
      time.textContent = own
    }
  }

  // --- Who is signed in ---

  // The part in the main region says whom it was made for: data-who is empty
  // for nobody, and missing where that makes no difference.
  const shown = () => main.querySelector('.part')?.dataset ?? {}

  // Who the server says it is, and for how long; nothing where it does not say.
  const ask = async () => {
    try {
      const answer = await fetch(page.session, { headers: { Accept: 'application/json' } })
      if (!answer.ok || !ours(answer)) return
      const now = await answer.json()
      return now
        ? { who: `${now.provider} ${now.user.sub}`, left: Date.parse(now.expires) - Date.parse(answer.headers.get('Date')) }
        : { who: '' }
    } catch { /* no answer: nothing is known, so nothing changes */ }
  }

  // A visible tab watches the session that it shows. A hidden one does not,
  // since a browser opens six connections to a host and no more: it catches up
  // when it is shown.
  let stream, retry
  const unfollow = () => {
    clearTimeout(retry)
    stream?.close()
    stream = undefined
  }
  const follow = () => {
    if (stream || document.hidden || !shown().events) return
    stream = new EventSource(shown().events)
    stream.addEventListener('ended', catchUp)
    // The new session's cookie may still be on its way to the tab that signed
    // in, which speaks up by itself once it has it.
    stream.addEventListener('replaced', () => setTimeout(catchUp, 1000))
    stream.addEventListener('error', () => {
      if (stream?.readyState !== EventSource.CLOSED) return // the browser connects again by itself
      unfollow()
      retry = setTimeout(catchUp, 1000 + Math.random() * 9000)
    })
  }

  // catchUp brings the page up to date with who is signed in: one look after
  // another, however many ask for it.
  let looking = Promise.resolve()
  const catchUp = () => { looking = looking.then(lookAgain, lookAgain) }

  const lookAgain = async () => {
    if (document.hidden || leaving || shown().who === undefined) return
    const { who, left } = await ask() ?? {}
    if (leaving) return
    if (refused) return who && goOn(who, left)
    if (who === undefined || who === shown().who) {
      follow()
      return warnAhead(left)
    }
    await refresh()
    if (shown().who !== undefined && shown().who !== who) retry = setTimeout(catchUp, 3000) // it did not come
    else if (!who && !live.firstChild) say("You've been signed out." + (typed.any() ? ' Sign in again and what you typed will still be here.' : ''))
  }

  const refresh = () => {
    typed.keep(shown().who)
    unfollow()
    if (!window.htmx) return location.reload() // which never comes back here
    return htmx.ajax('GET', location.pathname + location.search, { target: main, swap: 'innerHTML', transition: false })
  }

  // turnTo shows the page as it is for whoever is signed in now.
  const turnTo = async words => {
    await refresh()
    warn(words)
  }

  // --- Finish what I was doing ---

  // The request that the server refused, before it did anything, because the
  // session had ended. It waits until the same person is here again; one whose
  // answer was lost may have been done, and is never kept.
  let refused

  const goOn = (who, left) => {
    const { sourceElement, request, target, swap } = refused
    refused = undefined
    dialog.close()
    if (who !== shown().who) return turnTo('Someone else signed in, so nothing was sent.')
    follow()
    warnAhead(left)
    if ('stays' in sourceElement.dataset) return // which signing in has done
    if (!sourceElement.isConnected) return turnTo("You're signed in again. Nothing was sent: press the button again.")
    sourceElement.addEventListener('htmx:config:request', event => {
      if (request.body) event.detail.ctx.request.body = request.body
    }, { once: true })
    htmx.ajax(request.method, request.action, { source: sourceElement, event: { submitter: request.submitter }, target, swap })
  }

  // Whoever closes the dialog gives up the request, and keeps the page. A warning
  // that was in it has been read: of that end there is no second one.
  dialog.addEventListener('close', () => {
    refocus(refused?.request.submitter)
    refused = undefined
    closed = warned
  })

  // A page with words to keep must not be left: its sign-in happens in a small
  // window, which comes back to a page of ours that closes it. Where windows
  // are blocked the page leaves after all, and what is to be finished goes along.
  document.addEventListener('submit', event => {
    const form = event.target
    if (!form.matches('.door') || !(dialog.open || typed.any())) return
    const small = open('', 'latchkey', 'popup,width=480,height=720')?.closed === false
    form.target = small ? 'latchkey' : ''
    form.elements.callbackUrl.value = small ? page.signedIn : wayBack()
    if (small) event.stopPropagation() // htmx would take this page to the provider
  }, true)

  const wayBack = () => {
    const { form, submitter } = refused?.request ?? {}
    refused = undefined // the page may be kept, and come back
    return `${location.pathname}${location.search}#${typed.pack(shown().who, main.contains(form) && form, submitter)}`
  }

  const comeBack = () => {
    const { again, strange } = typed.unpack(shown().who)
    typed.putBack(shown().who)
    if (strange) warn('Someone else signed in, so nothing was sent.')
    if (again) setTimeout(() => { // once htmx has begun
      if (!typed.send(again)) warn("You're signed in again. Nothing was sent, because this page no longer has that form.")
    })
  }

  // --- A warning before it ends ---

  // Some time before the end the page asks whether it has moved, since someone
  // was active in another tab. Only then does it show the warning.
  let warning, lead, warned, closed
  const warnAhead = left => {
    clearTimeout(warning)
    if (!left || !window.htmx) return
    lead ??= Math.min(5 * 60_000, left / 4)
    if (left > lead) {
      if (!refused) dialog.close()
      warning = setTimeout(catchUp, Math.min(left - lead, 24 * 3600_000))
      return
    }
    warning = setTimeout(catchUp, left + 1000) // by then it has ended, or moved
    warned = Date.now() + left
    if (dialog.open || warned < closed + 5000) return // seconds may be lost on the way
    return htmx.ajax('GET', page.session, { target: dialogPart, swap: 'innerHTML', transition: false })
  }

  // A new part is another's, or comes with a new time: what was about the old
  // one is over.
  const anew = () => {
    leaving = false
    leadOn()
    comeBack()
    unfollow()
    follow()
    if (!refused) dialog.close()
    warnAhead(shown().left * 1000)
  }

  // One answer serves all tabs.
  document.addEventListener('htmx:finally:request', event => {
    const { response, sourceElement } = event.detail.ctx
    if (!('stays' in sourceElement.dataset) || response?.status !== 204) return
    dialog.close()
    channel.postMessage('')
    catchUp()
  })

  // The tab that signs out hears of it by its own answer, which takes it to the
  // provider: its own event must not overtake that.
  let leaving = false
  document.addEventListener('submit', event => {
    if (!('ends' in event.target.dataset)) return
    typed.forget()
    unfollow()
    leaving = true
  })

  // Every page that loads may come from a sign-in or a sign-out: the other tabs
  // then ask the server who it is. The message itself says nothing.
  const channel = new BroadcastChannel('latchkey')
  channel.addEventListener('message', catchUp)

  document.addEventListener('visibilitychange', () => document.hidden ? unfollow() : catchUp())
  addEventListener('pagehide', unfollow)

  // A page that the browser kept may be out of date, with a button that still
  // waits for its answer.
  addEventListener('pageshow', event => {
    if (!event.persisted) return
    leaving = false
    refresh()
  })

  // The form of an action that the person has just confirmed is sent for them. The
  // server marks one page, once, and the address names the form.
  const sendConfirmed = () => {
    if (!main.querySelector('[data-confirmed]')) return
    const form = [...main.querySelectorAll('form[id]')].find(form => `#${form.id}` === location.hash)
    setTimeout(() => form?.requestSubmit()) // once htmx has begun
  }

  // A page that only leads on does so by itself. (submit() is no event: htmx has no
  // part in it.)
  const leadOn = () => {
    const next = main.querySelector('[data-next]')
    if (next) setTimeout(() => next.submit ? next.submit() : location.replace(next.href))
  }

  // After a plain form the address names the part that has changed.
  const focusNamed = () => document.getElementById(location.hash.slice(1))?.querySelector('h1, h2')?.focus()

  localise(document)
  focusNamed()
  sendConfirmed()
  anew()
  channel.postMessage('')
  if ('close' in shown()) close()
})()
