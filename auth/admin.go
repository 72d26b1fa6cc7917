package auth

import (
	"context"
	"slices"

	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
)

// SessionsOf returns where a person is signed in, by last activity, whether or not
// the request is theirs. It is for the app's own code, such as an admin's page: the
// app decides who may call it. The person is the subject at the provider, as in
// User.Subject.
func (a *Auth) SessionsOf(ctx context.Context, provider, subject string) ([]SessionInfo, error) {
	p, err := a.provider(provider)
	if err != nil {
		return nil, err
	}
	found, err := a.store.List(ctx, forSession, a.store.subjectIndex(forSession, provider, subject))
	if err != nil {
		return nil, err
	}
	var all []SessionInfo
	for _, session := range found {
		if f := record.DecodeSummary(session.Summary); f != nil && p.issued(f) {
			all = append(all, a.sessionInfo(ctx, session.Key, f))
		}
	}
	slices.SortFunc(all, byLastSeen)
	return all, nil
}

// EndSessions ends all sessions of a person, on every replica and in every open tab,
// and returns how many there were. It is for the app's own code, as when a user is
// deleted. It continues if ctx is canceled. It does not keep the person from signing
// in again: Config.Admit can.
func (a *Auth) EndSessions(ctx context.Context, provider, subject string) (ended int, err error) {
	if _, err := a.provider(provider); err != nil {
		return 0, err
	}
	return a.endAll(context.WithoutCancel(ctx), a.store.subjectIndex(forSession, provider, subject), ByApp, keepNone)
}

// EndListed ends a session that SessionsOf or ScanSessions returned, and reports
// whether it still existed. It is for the app's own code; see EndSession for what a
// person may do.
func (a *Auth) EndListed(ctx context.Context, session SessionInfo) (ended bool, err error) {
	r, err := a.end(ctx, session.key, ByApp)
	return r != nil, err
}

// storedPurposes are the purposes of records in the store, besides sessions.
var storedPurposes = []sealed.Purpose{forSignIn, forLogout, forRefresh}

// ScanSessions calls visit for each session of the app, in no particular order, and
// returns how many records of the store do not open: those of other apps, and those
// sealed with a secret that is not set here. It reads the whole store, so it is for an
// operator's commands and not for pages. An error of visit ends the scan.
func (a *Auth) ScanSessions(ctx context.Context, visit func(SessionInfo) error) (unopened int, err error) {
	undecoded := 0
	unopened, err = a.store.Scan(ctx, forSession, storedPurposes, func(session sealed.Entry) error {
		f := record.DecodeSummary(session.Summary)
		if f == nil {
			undecoded++
			return nil
		}
		return visit(a.sessionInfo(ctx, session.Key, f))
	})
	return unopened + undecoded, err
}
