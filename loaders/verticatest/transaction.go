package verticatest

import (
	"context"
	"time"
)

func (c *session) isTemp(name string) bool { return c.temp[name] != nil }

// write opens the transaction at its first write to a permanent table, once the
// lock is held. Until then every statement sees what is committed at its time,
// as READ COMMITTED has it; DuckDB alone would show the state at BEGIN.
func (c *session) write(target string, m mode) error {
	if c.isTemp(target) {
		c.dirty[target] = true
		return nil
	}
	if err := c.lock(target, m); err != nil {
		return err
	}
	if c.writing {
		return nil
	}
	if _, err := c.db.ExecContext(c.work, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	c.writing = true
	return nil
}

// unlessOpen commits a statement that stands alone.
func (c *session) unlessOpen() error {
	if c.explicit || !c.autocommit {
		return nil
	}
	return c.commit()
}

func (c *session) commit() error {
	defer c.unlock()
	writing := c.writing
	c.writing, c.explicit = false, false
	if writing {
		if _, err := c.db.ExecContext(context.WithoutCancel(c.ctx), "COMMIT"); err != nil {
			return err
		}
	}
	for name, t := range c.temp {
		if !t.preserve && c.dirty[name] {
			if _, err := c.db.ExecContext(c.ctx, "DELETE FROM "+name); err != nil {
				return err
			}
		}
	}
	clear(c.dirty)
	return nil
}

// rollback also empties the temporary tables that the transaction wrote to,
// which is more than Vertica does if they had rows before.
func (c *session) rollback(ctx context.Context) {
	defer c.unlock()
	ctx = context.WithoutCancel(ctx)
	if c.writing {
		_, _ = c.db.ExecContext(ctx, "ROLLBACK") // there is nothing to do about a failure
	}
	if c.explicit || c.writing || !c.autocommit {
		for name := range c.dirty {
			_, _ = c.db.ExecContext(ctx, "DELETE FROM "+name)
		}
	}
	clear(c.dirty)
	c.writing, c.explicit = false, false
}

// mode is how a lock is held.
type mode int

const (
	shared    mode = iota // INSERT, COPY: several at once
	exclusive             // DELETE, UPDATE: alone
)

// lock is held until the end of a transaction.
type lock struct {
	name    string
	holders map[*session]mode
	changed chan struct{} // closed when a holder leaves
}

// lock waits for a table, as Vertica does, and gives up after a time.
func (c *session) lock(name string, m mode) error {
	timeout := time.After(c.s.opt.WaitLock)
	for {
		c.s.mu.Lock()
		l := c.s.locks[name]
		if l == nil {
			l = &lock{name: name, holders: map[*session]mode{}, changed: make(chan struct{})}
			c.s.locks[name] = l
		}
		free := true
		for holder, held := range l.holders {
			free = free && (holder == c || held == shared && m == shared)
		}
		if free {
			if _, has := l.holders[c]; !has {
				c.held = append(c.held, l)
			}
			l.holders[c] = max(l.holders[c], m)
			c.s.mu.Unlock()
			return nil
		}
		changed := l.changed
		c.s.mu.Unlock()
		select {
		case <-changed:
		case <-timeout:
			return &sqlError{
				state:    "55V03",
				code:     5156,
				severity: "ROLLBACK",
				message:  "Unavailable: [Txn] X lock table - timeout error on table " + name,
			}
		case <-c.work.Done():
			return c.work.Err()
		}
	}
}

func (c *session) unlock() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, l := range c.held {
		delete(l.holders, c)
		close(l.changed)
		l.changed = make(chan struct{})
	}
	c.held = nil
}
