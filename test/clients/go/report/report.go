// Package report prints what a client got, one line of JSON a step, so that two runs can be compared by a program that knows no client.
// It must not interpret: what differs between runs by nature (ids, times) is left to the comparison.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// StepPatience is how long one step may take before its context ends.
const StepPatience = 25 * time.Second

// Where a client goes and as whom; every name that it makes starts with Prefix.
type Where struct {
	Bootstrap []string
	Username  string
	Password  string
	Prefix    string
	// "all", "core" (what CI has time for), "guarded" (what a policy refuses or masks) or "act" (the risky operations of Acts).
	Steps string
	// For "act": which operations, by the names of their APIs, and how long the client waits for each.
	Acts     []string
	Patience time.Duration
}

// FromEnvironment reads the address and login that the matrix gives to every client.
func FromEnvironment() Where {
	return Where{
		Bootstrap: strings.Split(os.Getenv("CLIENT_BOOTSTRAP"), ","),
		Username:  os.Getenv("CLIENT_USERNAME"),
		Password:  os.Getenv("CLIENT_PASSWORD"),
		Prefix:    os.Getenv("CLIENT_PREFIX"),
		Steps:     os.Getenv("CLIENT_STEPS"),
		Acts:      strings.Split(os.Getenv("CLIENT_ACTS"), ","),
		Patience:  patience(),
	}
}

func patience() time.Duration {
	milliseconds, err := strconv.Atoi(os.Getenv("CLIENT_PATIENCE_MS"))
	if err != nil {
		return StepPatience
	}
	return time.Duration(milliseconds) * time.Millisecond
}

type line struct {
	Step  string `json:"step"`
	OK    bool   `json:"ok"`
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

var out = json.NewEncoder(os.Stdout)

// Step runs work and prints its outcome. A panic of the client is an outcome too.
func Step(name string, work func(context.Context) (any, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), StepPatience)
	defer cancel()
	value, err := guarded(ctx, work)
	result := line{Step: name, OK: err == nil, Value: Plain(value)}
	if err != nil {
		result.Error = err.Error()
	}
	if problem := out.Encode(result); problem != nil {
		fmt.Fprintln(os.Stderr, name, problem)
	}
}

func guarded(ctx context.Context, work func(context.Context) (any, error)) (value any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return work(ctx)
}

// Plain turns any value of a client into maps, lists, texts and numbers: errors become their texts, byte slices texts where they are UTF-8.
func Plain(value any) any {
	return plain(reflect.ValueOf(value))
}

var errorType = reflect.TypeFor[error]()

func plain(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	if value.Type().Implements(errorType) && value.CanInterface() {
		return errorText(value)
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return plain(value.Elem())
	case reflect.Struct:
		return plainStruct(value)
	case reflect.Map:
		fields := map[string]any{}
		for _, key := range value.MapKeys() {
			fields[fmt.Sprint(plain(key))] = plain(value.MapIndex(key))
		}
		return fields
	case reflect.Slice:
		if value.IsNil() {
			return nil
		}
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return bytesText(value.Bytes())
		}
		return plainList(value)
	case reflect.Array:
		if value.Type().Elem().Kind() == reflect.Uint8 && value.Len() == 16 {
			return uuidText(value)
		}
		return plainList(value)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return nil
	default:
		return value.Interface()
	}
}

func errorText(value reflect.Value) any {
	if (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface) && value.IsNil() {
		return nil
	}
	err, _ := value.Interface().(error)
	return err.Error()
}

func plainStruct(value reflect.Value) any {
	if at, isTime := value.Interface().(time.Time); isTime {
		return at.UnixMilli()
	}
	fields := map[string]any{}
	for index := range value.NumField() {
		if field := value.Type().Field(index); field.IsExported() {
			fields[field.Name] = plain(value.Field(index))
		}
	}
	return fields
}

func plainList(value reflect.Value) []any {
	items := make([]any, value.Len())
	for index := range items {
		items[index] = plain(value.Index(index))
	}
	return items
}

func bytesText(bytes []byte) any {
	if !utf8.Valid(bytes) {
		return fmt.Sprintf("0x%x", bytes)
	}
	if len(bytes) > 200 {
		return fmt.Sprintf("%s… %d bytes", bytes[:40], len(bytes))
	}
	return string(bytes)
}

func uuidText(value reflect.Value) string {
	bytes := make([]byte, value.Len())
	reflect.Copy(reflect.ValueOf(bytes), value)
	return fmt.Sprintf("%x-%x-%x-%x-%x", bytes[:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:])
}

// Settle waits until what was just changed has reached the other broker, where no answer says that it has.
func Settle() { time.Sleep(700 * time.Millisecond) }

// Until asks again, for some seconds, until `done` says of the answer that nothing is under way any more; it returns the last answer.
func Until[T any](ask func() (T, error), done func(T) bool) (T, error) {
	answer, err := ask()
	for tries := 0; err == nil && !done(answer) && tries < 20; tries++ {
		Settle()
		answer, err = ask()
	}
	return answer, err
}
